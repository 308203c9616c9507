// SPDX-License-Identifier: Apache-2.0

package guac

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// elements copies an instruction, so that it outlives the buffer.
func elements(ins *Instruction) []string {
	return append([]string{string(ins.Opcode)}, texts(ins.Args)...)
}

func TestConsumeInstruction(t *testing.T) {
	// Features: DIS-22, DIS-23
	for _, tc := range []struct {
		name, in string
		want     []string
	}{
		{"no arguments", "3.nop;", []string{"nop"}},
		{"arguments", "4.size,1.0,4.1024,3.768;", []string{"size", "0", "1024", "768"}},
		{"empty argument", "4.name,0.;", []string{"name", ""}},
		{"empty opcode", "0.,4.ping,1.1;", []string{"", "ping", "1"}},
		{"delimiters in a value", "4.name,5.a,;.b;", []string{"name", "a,;.b"}},
		{"two-byte code points count once", "4.name,3.äöü;", []string{"name", "äöü"}},
		{"four-byte code points count once", "4.name,2.😀🥑;", []string{"name", "😀🥑"}},
		{"a byte that is not UTF-8 counts once", "4.name,2.a\xff;", []string{"name", "a\xff"}},
		{"long text with a late wide character", "4.name,18.0123456789abcdefé!;", []string{"name", "0123456789abcdefé!"}},
		{"ten digits of length in all", "4.name,12.0123456789ab;", []string{"name", "0123456789ab"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var ins Instruction
			n, err := ConsumeInstruction([]byte(tc.in+"4.next;"), &ins, DefaultLimits)
			if err != nil || n != len(tc.in) {
				t.Fatalf("ConsumeInstruction = %d, %v; want %d", n, err, len(tc.in))
			}
			if diff := cmp.Diff(tc.want, elements(&ins)); diff != "" {
				t.Errorf("elements (-want +got):\n%s", diff)
			}
			for cut := range len(tc.in) {
				if n, err := ConsumeInstruction([]byte(tc.in[:cut]), &ins, DefaultLimits); n != 0 || err != nil {
					t.Errorf("cut to %q: %d, %v; want incomplete", tc.in[:cut], n, err)
				}
			}
		})
	}
}

func TestConsumeInstructionRefuses(t *testing.T) {
	// Features: DIS-22
	many := strings.Repeat("0.,", DefaultLimits.MaxElements) + "0.;"
	for _, tc := range []struct{ name, in string }{
		{"no length", "size,1.0;"},
		{"empty length", ".size;"},
		{"negative length", "-1.size;"},
		{"length with a leading zero", "04.size;"},
		{"length of too many digits", "1000000.x"},
		{"length shorter than the value", "3.size;"},
		{"length longer than the value", "5.size;1.0;"},
		{"white space", " 4.size;"},
		{"a web request", "GET / HTTP/1.1\r\n"},
		{"too many elements", many},
		{"too long", "4.blob,9000." + strings.Repeat("x", 9000) + ";"},
		{"announced too long, not sent", "9000." + strings.Repeat("x", 8187)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var ins Instruction
			if n, err := ConsumeInstruction([]byte(tc.in), &ins, DefaultLimits); !errors.Is(err, ErrMalformed) {
				t.Errorf("ConsumeInstruction = %d, %v; want ErrMalformed", n, err)
			}
		})
	}
}

func TestBuilder(t *testing.T) {
	for _, tc := range []struct {
		name string
		got  []byte
		want string
	}{
		{"text", Append(nil, OpName, "é", ""), "4.name,1.é,0.;"},
		{"integers", Begin(nil, OpSize).Int(-1).Int(1024).Int64(-1 << 63).End(), "4.size,2.-1,4.1024,20.-9223372036854775808;"},
		{"float", Begin(nil, "x").Float(0.5).End(), "1.x,3.0.5;"},
		{"base64", Begin(nil, OpBlob).Int(3).Base64([]byte("palta")).End(), "4.blob,1.3,8.cGFsdGE=;"},
		{"ack", AppendAck(nil, 2, "OK", Success), "3.ack,1.2,2.OK,1.0;"},
		{"sync", AppendSync(nil, 1700000000000), "4.sync,13.1700000000000;"},
		{"error", AppendError(nil, "no", ResourceNotFound), "5.error,2.no,3.516;"},
	} {
		if string(tc.got) != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestAppendBlobsSplitsWithinTheLimits(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 2000)
	r := NewReader(bytes.NewReader(AppendBlobs(nil, 7, data)), DefaultLimits)
	var got []byte
	for {
		ins, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !ins.Is(OpBlob) || ins.Text(0) != "7" {
			t.Fatalf("got %s %s, want blob 7", ins.Opcode, ins.Arg(0))
		}
		part, err := base64.StdEncoding.DecodeString(ins.Text(1))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part...)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("blobs carry %d bytes, want the %d given", len(got), len(data))
	}
}

func TestReaderOneByteAtATime(t *testing.T) {
	in := "4.name,2.😀é;0.,4.ping,1.1;3.nop;"
	r := NewReader(iotest.OneByteReader(strings.NewReader(in)), DefaultLimits)
	var got [][]string
	var raw []byte
	for {
		ins, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, elements(ins))
		raw = append(raw, r.Raw()...)
	}
	want := [][]string{{"name", "😀é"}, {"", "ping", "1"}, {"nop"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("instructions (-want +got):\n%s", diff)
	}
	if string(raw) != in {
		t.Errorf("raw bytes %q, want %q", raw, in)
	}
}

func TestReaderEnds(t *testing.T) {
	r := NewReader(strings.NewReader("3.nop;4.na"), DefaultLimits)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if got := string(r.Buffered()); got != "4.na" {
		t.Errorf("Buffered = %q, want %q", got, "4.na")
	}
	if r.Ready() {
		t.Error("Ready is true for half an instruction")
	}
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Next = %v, want io.ErrUnexpectedEOF", err)
	}
}

func TestReaderMemoryIsBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("8000."), iotest.DataErrReader(neverEnding('x')))
	r := NewReader(endless, DefaultLimits)
	if _, err := r.Next(); !errors.Is(err, ErrMalformed) {
		t.Fatalf("Next = %v, want ErrMalformed", err)
	}
	if len(r.buf) > 2*DefaultLimits.MaxBytes {
		t.Errorf("buffer grew to %d bytes", len(r.buf))
	}
}

type neverEnding byte

func (c neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func TestInstructionArguments(t *testing.T) {
	ins := Instruction{Opcode: []byte("key"), Args: [][]byte{[]byte("65"), []byte("x")}}
	if n, err := ins.Int(0); n != 65 || err != nil {
		t.Errorf("Int(0) = %d, %v; want 65", n, err)
	}
	for i := 1; i < 3; i++ {
		if _, err := ins.Int(i); !errors.Is(err, ErrMalformed) {
			t.Errorf("Int(%d) = %v, want ErrMalformed", i, err)
		}
	}
	if got := ins.Text(5); got != "" {
		t.Errorf("Text(5) = %q, want nothing", got)
	}
}

func FuzzConsumeInstruction(f *testing.F) {
	for _, seed := range []string{
		"3.nop;", "4.size,1.0,4.1024,3.768;", "0.,4.ping,1.1;", "4.name,2.😀é;", "4.name,2.a\xff;",
		"4.blob,1.1,8.cGFsdGE=;3.end,1.1;", "10.x", "1.a,1.b", "5.mouse,2.-1,1.2,1.0;",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var ins Instruction
		n, err := ConsumeInstruction(b, &ins, DefaultLimits)
		if err != nil && n != 0 {
			t.Fatalf("n = %d with error %v", n, err)
		}
		if n == 0 {
			return
		}
		if n > len(b) || 1+len(ins.Args) > DefaultLimits.MaxElements {
			t.Fatalf("consumed %d of %d bytes, %d arguments", n, len(b), len(ins.Args))
		}
		if again := ins.Append(nil); !bytes.Equal(again, b[:n]) {
			t.Fatalf("accepted %q, which encodes as %q", b[:n], again)
		}
	})
}

func BenchmarkReader(b *testing.B) {
	blob := Begin(nil, OpBlob).Int(1).Base64(make([]byte, MaxBlob)).End()
	var drawing []byte
	for i := range 100 {
		drawing = Begin(drawing, OpCopy).Int(0).Int(i).Int(i).Int(64).Int(64).Int(MaskOver).Int(0).Int(128).Int(i).End()
	}
	for _, bm := range []struct {
		name string
		data []byte
	}{
		{"blob", bytes.Repeat(blob, 100)},
		{"drawing", bytes.Repeat(drawing, 100)},
		{"unicode", bytes.Repeat(Append(nil, OpName, strings.Repeat("日本語", 200)), 200)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.data)))
			b.ReportAllocs()
			src := bytes.NewReader(bm.data)
			r := NewReader(src, DefaultLimits)
			for b.Loop() {
				src.Reset(bm.data)
				for {
					if _, err := r.Next(); err != nil {
						break
					}
				}
			}
		})
	}
}

func BenchmarkBuilder(b *testing.B) {
	data := make([]byte, MaxBlob)
	buf := make([]byte, 0, 16<<10)
	b.Run("blob", func(b *testing.B) {
		b.SetBytes(MaxBlob)
		b.ReportAllocs()
		for b.Loop() {
			buf = Begin(buf[:0], OpBlob).Int(1).Base64(data).End()
		}
	})
	b.Run("copy", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = Begin(buf[:0], OpCopy).Int(0).Int(1).Int(2).Int(64).Int(64).Int(MaskOver).Int(0).Int(128).Int(9).End()
		}
	})
}
