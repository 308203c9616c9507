// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/internal/directory"
	"github.com/palta-gateway/palta/internal/secret"
)

func TestErrorsHaveAKind(t *testing.T) {
	err := fmt.Errorf("outer: %w", &directory.Error{Kind: directory.Conflict, Message: "taken", Err: io.EOF})
	if !errors.Is(err, directory.Conflict) || errors.Is(err, directory.NotFound) || !errors.Is(err, io.EOF) {
		t.Errorf("%v is not a conflict caused by EOF", err)
	}
	if got := directory.KindOf(err); got != directory.Conflict {
		t.Errorf("KindOf() = %v, want conflict", got)
	}
	if got := directory.KindOf(io.EOF); got != directory.Internal {
		t.Errorf("KindOf(EOF) = %v, want internal", got)
	}
	got := directory.Errorf(directory.Invalid, "bad: %w", io.EOF)
	if !errors.Is(got, io.EOF) || got.Message != "bad: EOF" {
		t.Errorf("got %+v", got)
	}
	if got := directory.NotFoundError("9").Error(); got != `directory: not found: Not found: "9"` {
		t.Errorf("got %q", got)
	}
}

func TestPermissionsHaveUpstreamsNames(t *testing.T) {
	// Features: ADM-10, ADM-11
	want := []string{"READ", "UPDATE", "DELETE", "ADMINISTER"}
	if diff := cmp.Diff(want, directory.AllObjectPermissions.Names()); diff != "" {
		t.Error(diff)
	}
	for _, name := range want {
		p, ok := directory.ParseObjectPermission(name)
		if !ok || !slices.Equal(p.Names(), []string{name}) {
			t.Errorf("%s reads as %v, %v", name, p.Names(), ok)
		}
	}
	for _, name := range directory.AllSystemPermissions.Names() {
		p, ok := directory.ParseSystemPermission(name)
		if !ok || !slices.Equal(p.Names(), []string{name}) {
			t.Errorf("%s reads as %v, %v", name, p.Names(), ok)
		}
	}
	if _, ok := directory.ParseObjectPermission("read"); ok {
		t.Error("lower case is accepted")
	}
}

func TestPrivilegeAllowsEverything(t *testing.T) {
	var p directory.Permissions
	if p.Allows(directory.ConnectionObject, "1", directory.Read) {
		t.Error("nothing held allows something")
	}
	p.Grant(directory.ConnectionObject, "1", directory.Update)
	if !p.Allows(directory.ConnectionObject, "1", directory.Read|directory.Update) || p.Object(directory.ConnectionObject, "1").Has(directory.Read) {
		t.Error("UPDATE is not what was asked for")
	}
	p.System = directory.SystemAdminister
	if !p.Allows(directory.UserObject, "x", directory.Delete) {
		t.Error("privilege does not allow")
	}
}

func TestPasswordHashIsUpstreams(t *testing.T) {
	// Features: RES-06
	sum, _ := hex.DecodeString("CA458A7D494E3BE824F5E1E175A1556C0F8EEF2C2D7DF3633BEC4A29C4411960")
	salt, _ := hex.DecodeString("FE24ADC5E11E2B25288D1704ABE67A79E342ECC26064CE69C5B3177795A82264")
	seed := directory.PasswordHash{Sum: sum, Salt: salt}
	if !seed.Verify(secret.New("guacadmin")) || seed.Verify(secret.New("guacadmin ")) {
		t.Error("the seed account's hash is not verified")
	}
	unsalted, _ := hex.DecodeString("f3293a1a94713ed45a8f23d84f41b41c670a7ae6fef7b05a2b0ba47a06061f43")
	if !(directory.PasswordHash{Sum: unsalted}).Verify(secret.New("guacadmin")) {
		t.Error("an unsalted hash is not verified")
	}
	fresh := directory.HashPassword(secret.New("grün"), time.Now())
	if !fresh.Verify(secret.New("grün")) || len(fresh.Sum) != 32 || len(fresh.Salt) != 32 {
		t.Errorf("a fresh hash is not verified: %+v", fresh)
	}
	if second := directory.HashPassword(secret.New("grün"), time.Now()); string(second.Salt) == string(fresh.Salt) {
		t.Error("two hashes have the same salt")
	}
	empty := directory.HashPassword(secret.String{}, time.Now())
	if empty.Verify(secret.String{}) || directory.UnusablePassword(time.Now()).Verify(secret.String{}) {
		t.Error("an empty password is accepted")
	}
}

func TestPasswordPolicyChecksInUpstreamsOrder(t *testing.T) {
	// Features: RES-05
	all := directory.PasswordPolicy{
		MinLength: 8, HistorySize: 1, RequireMultipleCase: true, RequireDigit: true, RequireSymbol: true, ProhibitUsername: true,
	}
	former := []directory.PasswordHash{
		directory.HashPassword(secret.New("Former-1x"), time.Now()), directory.HashPassword(secret.New("Former-2x"), time.Now()),
	}
	for _, test := range []struct {
		password, key string
		variables     map[string]string
	}{
		{"alice", "ERROR_TOO_SHORT", map[string]string{"LENGTH": "8"}},
		{"xxALICExx", "ERROR_CONTAINS_USERNAME", nil},
		{"xxxxxxxx", "ERROR_REQUIRES_MULTIPLE_CASE", nil},
		{"XXXXXXXX", "ERROR_REQUIRES_MULTIPLE_CASE", nil},
		{"Xxxxxxxx", "ERROR_REQUIRES_DIGIT", nil},
		{"Xxxxxxx1", "ERROR_REQUIRES_NON_ALNUM", nil},
		{"Former-1x", "ERROR_REUSED", map[string]string{"HISTORY_SIZE": "1"}},
		{"Former-2x", "", nil},
		{"Äöxxxx1€", "", nil},
	} {
		err := all.Check("alice", secret.New(test.password), former)
		if test.key == "" {
			if err != nil {
				t.Errorf("%s: got error %v", test.password, err)
			}
			continue
		}
		var e *directory.Error
		if !errors.As(err, &e) || e.Translatable.Key != "PASSWORD_POLICY."+test.key || !cmp.Equal(e.Translatable.Variables, test.variables) {
			t.Errorf("%s: got error %v, want %s %v", test.password, err, test.key, test.variables)
		}
	}
	if err := (directory.PasswordPolicy{}).Check("a", secret.New("a"), former); err != nil {
		t.Errorf("no policy: %v", err)
	}
}

func TestPasswordAgesAreWholeDays(t *testing.T) {
	// Features: RES-05
	policy := directory.PasswordPolicy{MinAge: 2, MaxAge: 30}
	set := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	if err := policy.CheckAge(set, set.Add(2*day-time.Second)); err == nil {
		t.Error("a password may be changed before its time")
	}
	if err := policy.CheckAge(set, set.Add(2*day)); err != nil {
		t.Error(err)
	}
	if policy.Outdated(set, set.Add(30*day-time.Second)) || !policy.Outdated(set, set.Add(30*day)) {
		t.Error("the greatest age is wrong")
	}
	if (directory.PasswordPolicy{}).Outdated(set, set.Add(9999*day)) {
		t.Error("a password is outdated without a greatest age")
	}
}

func TestHistoryRecordsHaveUpstreamsUUIDs(t *testing.T) {
	for got, want := range map[string]string{
		directory.ConnectionRecordUUID(1):  "8063df49-c55f-347b-802d-0c1168c0c119",
		directory.ConnectionRecordUUID(42): "edb9f282-35e6-3a10-bf3f-f1bdabb43aa5",
		directory.UserRecordUUID(1):        "d16a2f32-6722-341b-8cfd-dbd7b9061b74",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// wrapping is a decorated context.
type wrapping struct{ directory.UserContext }

func (w wrapping) Unwrap() directory.UserContext { return w.UserContext }

// opaque is a decorated context that does not show what it decorates.
type opaque struct{ directory.UserContext }

func TestAbilitiesAreFoundThroughDecoration(t *testing.T) {
	// Features: AUT-02
	fixed := directory.NewFixedContext("hmac", "alice", nil)
	if _, ok := directory.As[directory.Opener](wrapping{wrapping{fixed}}); !ok {
		t.Error("the ability of a wrapped context is not found")
	}
	if _, ok := directory.As[directory.Opener](opaque{fixed}); ok {
		t.Error("the ability of a hidden context is found")
	}
	if _, ok := directory.As[directory.Transactor](wrapping{fixed}); ok {
		t.Error("an ability that is not there is found")
	}
}

func TestFixedContextShowsItsConnectionsAndNothingElse(t *testing.T) {
	ctx := context.Background()
	uc := directory.NewFixedContext("hmac", "alice", []*directory.Connection{
		{Identifier: "b", Name: "b", Protocol: "ssh", Parameters: map[string]string{"password": "pw"}},
		{Identifier: "a", Name: "a", Protocol: "vnc"},
	})
	list, err := uc.Connections().List(ctx, 0)
	if err != nil || len(list) != 2 || list[0].Name != "a" || list[1].Parameters != nil {
		t.Errorf("got %v, %v, want a and b without parameters", list, err)
	}
	if list, _ := uc.Connections().List(ctx, directory.Update); len(list) != 0 {
		t.Errorf("%d connections may be changed", len(list))
	}
	opened, err := uc.OpenConnection(ctx, "b")
	if err != nil || opened.Parameters["password"] != "pw" {
		t.Errorf("opened %v, %v", opened, err)
	}
	opened.Parameters["password"] = "changed"
	if again, _ := uc.OpenConnection(ctx, "b"); again.Parameters["password"] != "pw" {
		t.Error("a caller changed the connection")
	}
	if _, err := uc.OpenConnection(ctx, "x"); !errors.Is(err, directory.NotFound) {
		t.Errorf("got error %v, want not found", err)
	}
	if _, err := uc.ConnectionGroups().Get(ctx, directory.RootGroup); err != nil {
		t.Error(err)
	}
	if groups, _ := uc.ConnectionGroups().List(ctx, 0); len(groups) != 0 {
		t.Error("the root group is listed")
	}
	if err := uc.Connections().Delete(ctx, "a"); !errors.Is(err, directory.Denied) {
		t.Errorf("got error %v, want denied", err)
	}
	held, err := uc.EffectivePermissions(ctx)
	if err != nil || !held.Object(directory.ConnectionObject, "a").Has(directory.Read) || held.Object(directory.ConnectionObject, directory.RootGroup) != 0 {
		t.Errorf("permissions are %+v, %v", held, err)
	}
}
