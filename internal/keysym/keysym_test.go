// SPDX-License-Identifier: Apache-2.0

package keysym

import "testing"

func TestRuneOfEachRange(t *testing.T) {
	for _, c := range []struct {
		keysym uint32
		want   rune
	}{
		{'a', 'a'},
		{0xe9, 'é'},
		{Unicode + 0x20ac, '€'},
		{Unicode + 0x1f600, '😀'},
		{0x20ac, '€'},
		{0x1a1, 'Ą'},
		{0x6c1, 'а'},
		{0x7e1, 'α'},
		{0xce0, 'א'},
		{KP0 + 7, '7'},
		{KPDivide, '/'},
		{KPEqual, '='},
		{KPSpace, ' '},
	} {
		if got, ok := Rune(c.keysym); !ok || got != c.want {
			t.Errorf("Rune(%#x) = %q, %v, want %q", c.keysym, got, ok, c.want)
		}
	}
}

func TestRuneRefusesKeysWithoutCharacter(t *testing.T) {
	for _, k := range []uint32{0, 0x1f, 0x7f, 0x9f, Return, ShiftL, F1, Delete, Unicode, Unicode + 0x0a, Unicode + 0x85, Unicode + 0xd800, Unicode + 0x110000, 0xffffffff} {
		if r, ok := Rune(k); ok {
			t.Errorf("Rune(%#x) = %q, want none", k, r)
		}
	}
}

func TestFromRuneIsUndoneByRune(t *testing.T) {
	for r := rune(0x20); r < 0x20000; r++ {
		k := FromRune(r)
		if r == 0x7f || k == 0 {
			continue
		}
		if got, ok := Rune(k); !ok || got != r {
			t.Fatalf("Rune(FromRune(%q)) = %q, %v", r, got, ok)
		}
	}
}

func TestFromRuneGivesKeysForControlCharacters(t *testing.T) {
	for r, want := range map[rune]uint32{'\n': Return, '\r': Return, '\t': Tab, '\b': BackSpace, 0x1b: Escape, 0x7f: Delete, 0x01: 0, 0x85: 0, 0xd800: 0} {
		if got := FromRune(r); got != want {
			t.Errorf("FromRune(%q) = %#x, want %#x", r, got, want)
		}
	}
}

func TestLegacyTableIsSorted(t *testing.T) {
	for i := 1; i < len(legacy); i++ {
		if legacy[i-1]>>16 >= legacy[i]>>16 {
			t.Errorf("entry %d (%#x) is not above the one before", i, legacy[i])
		}
	}
}

func TestModifiersAreTold(t *testing.T) {
	for _, k := range []uint32{ShiftL, ShiftR, ControlL, ControlR, CapsLock, MetaL, AltL, AltR, SuperL, HyperR, ISOLevel3Shift, ModeSwitch, NumLock} {
		if !IsModifier(k) {
			t.Errorf("%s is no modifier", Name(k))
		}
	}
	for _, k := range []uint32{'a', Return, F1, KP0, ISOLeftTab, Delete} {
		if IsModifier(k) {
			t.Errorf("%s is a modifier", Name(k))
		}
	}
	if !IsLock(CapsLock) || IsLock(ShiftL) {
		t.Error("IsLock is wrong about Caps_Lock or Shift_L")
	}
}

func TestKeypadFoldsToMainBlock(t *testing.T) {
	for from, want := range map[uint32]uint32{KPHome: Home, KPEnd: End, KPPageUp: PageUp, KPInsert: Insert, KPDelete: Delete, KPEnter: Return, KPF4: F4, KPTab: Tab, KPBegin: Begin, 'a': 'a', KPAdd: KPAdd} {
		if got := FoldKeypad(from); got != want {
			t.Errorf("FoldKeypad(%s) = %s, want %s", Name(from), Name(got), Name(want))
		}
	}
	if !IsKeypad(KP0) || !IsKeypad(KPHome) || IsKeypad(Home) {
		t.Error("IsKeypad is wrong about KP_0, KP_Home or Home")
	}
}

func TestNameIsX11Name(t *testing.T) {
	for k, want := range map[uint32]string{PageUp: "Page_Up", F1: "F1", F24: "F24", KP9: "KP_9", KPF1: "KP_F1", 'x': "x", ' ': "space", Unicode + 0x20ac: "€", 0x12345678: "0x12345678"} {
		if got := Name(k); got != want {
			t.Errorf("Name(%#x) = %q, want %q", k, got, want)
		}
	}
}
