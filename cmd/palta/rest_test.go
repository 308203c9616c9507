// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// variable are the parts of answers that differ from run to run.
var variable = []struct {
	pattern     *regexp.Regexp
	replacement string
}{
	{regexp.MustCompile(`\b1[0-9]{12}\b`), `1700000000000`},
	{regexp.MustCompile(`\b[0-9A-F]{64}\b`), `TOKEN`},
}

// golden compares a transcript with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// transcript runs requests, one a line (METHOD path body), and returns them with their answers.
func (f *gatewayFixture) transcript(token, requests string) string {
	f.t.Helper()
	var out strings.Builder
	for line := range strings.Lines(requests) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		method, rest, _ := strings.Cut(line, " ")
		path, body, _ := strings.Cut(rest, " ")
		status, answer := f.callAs(token, method, path, body)
		fmt.Fprintf(&out, "> %s\n< %d\n", line, status)
		if answer != "" {
			fmt.Fprintf(&out, "%s\n", pretty(f.t, answer))
		}
		out.WriteString("\n")
	}
	return out.String()
}

// pretty indents JSON with its members in order, and masks what differs from run to run.
func pretty(t *testing.T, answer string) string {
	t.Helper()
	var object any
	if err := json.Unmarshal([]byte(answer), &object); err != nil {
		return answer
	}
	indented, err := json.MarshalIndent(object, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := string(indented)
	for _, v := range variable {
		text = v.pattern.ReplaceAllString(text, v.replacement)
	}
	return text
}

const ds = "session/data/sqlite/"

func TestConnectionsOverREST(t *testing.T) {
	// Features: ADM-04, ADM-05, ADM-16, ADM-18
	f := newGatewayFixture(t)
	golden(t, "connections.txt", f.transcript(f.token, strings.ReplaceAll(`
POST DS/connections {"name":"box","protocol":"ssh","parameters":{"hostname":"h","port":3389,"password":"p","username":""},"attributes":{"max-connections":2,"unknown":"x"}}
GET DS/connections/1
GET DS/connections/1/parameters
PUT DS/connections/1/ {"name":"box","protocol":"ssh","parentIdentifier":null,"attributes":{"weight":"3","failover-only":"true"}}
GET DS/connections/1/parameters/
GET DS/connections/1
POST DS/connections {"name":"box","protocol":"ssh"}
POST DS/connections {"name":"  ","protocol":"ssh"}
POST DS/connectionGroups {"name":"Lab","type":"ORGANIZATIONAL","attributes":{"enable-session-affinity":""}}
POST DS/connectionGroups {"name":"Pool","type":"BALANCING","parentIdentifier":"1"}
POST DS/connectionGroups {"name":"Bad","type":"ROUND"}
POST DS/connections {"name":"inner","protocol":"vnc","parentIdentifier":"2"}
POST DS/sharingProfiles {"name":"view","primaryConnectionIdentifier":"1","parameters":{"read-only":true}}
GET DS/sharingProfiles/1/parameters
GET DS/connections/1/sharingProfiles
GET DS/connections/1/sharingProfiles/1
GET DS/connections/2/sharingProfiles/1
GET DS/connectionGroups
GET DS/connectionGroups/ROOT
GET DS/connectionGroups/ROOT/tree
GET DS/connectionGroups/1/tree?permission=UPDATE
PATCH DS/connections [{"op":"add","path":"/0","value":{"name":"box","protocol":"ssh"}},{"op":"replace","path":"/2","value":{"name":"x","protocol":"vnc"}},{"op":"remove","path":"/1"}]
PATCH DS/connections [{"op":"add","path":"/0","value":{"name":"new","protocol":"ssh"}},{"op":"replace","path":"/2","value":{"name":"inner2","protocol":"vnc","parentIdentifier":"2"}},{"op":"remove","path":"/1"}]
PATCH DS/connections [{"op":"copy","path":"/1"}]
PATCH DS/connections [{"op":"remove","path":"1"}]
GET DS/connections
GET DS/connections?permission=NONSENSE
DELETE DS/connectionGroups/1
GET DS/connections
GET DS/connections/99
GET DS/connections/abc
DELETE DS/connections/99
PUT DS/connections/99 {"name":"x","protocol":"ssh"}
`, "DS/", ds)))
}

func TestUsersAndGroupsOverREST(t *testing.T) {
	// Features: ADM-01, ADM-02, ADM-03, ADM-10, ADM-11, ADM-12
	f := newGatewayFixture(t)
	golden(t, "users.txt", f.transcript(f.token, strings.ReplaceAll(`
POST DS/users {"username":"alice","password":"secret","attributes":{"guac-full-name":"Alice","valid-from":"2024-01-31","nonsense":"x"}}
GET DS/users/alice
PUT DS/users/alice {"username":"renamed","disabled":"true","attributes":{"guac-organization":"ACME"}}
GET DS/users/alice
PUT DS/users/alice {"attributes":{"disabled":"","guac-full-name":null}}
POST DS/users {"username":"alice","password":"x"}
POST DS/users {"username":"a/b c","password":"x"}
GET DS/users/a%2Fb%20c
DELETE DS/users/a%2Fb%20c
POST DS/userGroups {"identifier":"staff"}
POST DS/userGroups {"identifier":"all","disabled":false,"attributes":{}}
PATCH DS/users/alice/userGroups [{"op":"add","path":"/","value":"staff"},{"op":"add","path":"/","value":"unknown"}]
PATCH DS/userGroups/staff/userGroups [{"op":"add","path":"/","value":"all"}]
GET DS/users/alice/userGroups
GET DS/userGroups/staff/memberUsers
GET DS/userGroups/all/memberUserGroups
PATCH DS/userGroups/staff/memberUsers [{"op":"replace","path":"/","value":"alice"}]
PATCH DS/userGroups/all/permissions [{"op":"add","path":"/systemPermissions","value":"CREATE_USER"},{"op":"add","path":"/userPermissions/alice","value":"UPDATE"}]
GET DS/userGroups/all/permissions
GET DS/users/alice/permissions
GET DS/users/alice/effectivePermissions
PATCH DS/users/alice/permissions [{"op":"add","path":"/nonsense","value":"READ"}]
PATCH DS/users/alice/permissions [{"op":"move","path":"/systemPermissions","value":"AUDIT"}]
PATCH DS/users/alice/permissions [{"op":"add","path":"/systemPermissions","value":"FLY"}]
PATCH DS/users/alice/permissions [{"op":"add","path":"/activeConnectionPermissions/1","value":"READ"}]
PATCH DS/users/admin/permissions [{"op":"remove","path":"/systemPermissions","value":"ADMINISTER"}]
DELETE DS/users/admin
DELETE DS/self
PUT DS/self {"password":"new"}
PUT DS/users/admin/password {"oldPassword":"wrong","newPassword":"new"}
PUT DS/self/password {"oldPassword":"admin-secret","newPassword":"new"}
PUT DS/users/admin/password {"oldPassword":"new","newPassword":"admin-secret","more":1}
GET DS/self
GET DS/self/permissions
GET DS/history/users
GET DS/users/admin/history/1
GET DS/users/alice/history/1
GET DS/history/users/1/logs/x
GET DS/history/connections?contains=box&order=-startDate
GET DS/history/connections?order=name
DELETE DS/userGroups/all
GET DS/userGroups
`, "DS/", ds)))
}

func TestSchemaOverREST(t *testing.T) {
	f := newGatewayFixture(t)
	golden(t, "schema.txt", f.transcript(f.token, `
GET languages
GET patches
GET ext/openid/login
GET ext/openid
GET session/ext/quickconnect/create
GET session/ext/sqlite/create
GET session/tunnels
GET session/tunnels/0/protocol
GET session/data/other/users
GET session/data/sqlite/schema/userAttributes
GET session/data/sqlite/schema/userPreferenceAttributes
GET session/data/sqlite/schema/userGroupAttributes
GET session/data/sqlite/schema/connectionAttributes
GET session/data/sqlite/schema/connectionGroupAttributes
GET session/data/sqlite/schema/sharingProfileAttributes
GET session/data/sqlite/activeConnections
PATCH session/data/sqlite/activeConnections [{"op":"remove","path":"/8063df49-c55f-347b-802d-0c1168c0c119"}]
GET session/data/sqlite/activeConnections/8063df49-c55f-347b-802d-0c1168c0c119
POST session/data/sqlite/activeConnections {}
`))
	var protocols map[string]any
	if err := json.Unmarshal([]byte(f.must("GET", ds+"schema/protocols", "")), &protocols); err != nil {
		t.Fatal(err)
	}
	for name := range registry() {
		if protocols[name] == nil {
			t.Errorf("schema/protocols lacks %s", name)
		}
	}
}

func TestLoginOverREST(t *testing.T) {
	// Features: AUT-05, LOG-11
	f := newGatewayFixture(t)
	var out strings.Builder
	token := ""
	post := func(what string, form url.Values) {
		status, answer := f.postForm("api/tokens", form)
		var result struct {
			AuthToken string `json:"authToken"`
		}
		if json.Unmarshal([]byte(answer), &result) == nil && result.AuthToken != "" {
			if token != "" && result.AuthToken != token {
				t.Errorf("%s: another token", what)
			}
			token = result.AuthToken
		}
		fmt.Fprintf(&out, "> %s\n< %d\n%s\n\n", what, status, pretty(t, answer))
	}
	post("nothing", nil)
	post("wrong password", url.Values{"username": {"admin"}, "password": {"wrong"}})
	post("unknown user", url.Values{"username": {"nobody"}, "password": {"wrong"}})
	post("right password", url.Values{"username": {"admin"}, "password": {adminPassword}})
	post("again with the token", url.Values{"token": {token}})
	post("unknown token", url.Values{"token": {"0123"}})
	out.WriteString(f.transcript(token, "GET session/tunnels\nDELETE session\nGET session/tunnels\nDELETE session\nDELETE tokens/0123"))
	golden(t, "login.txt", out.String())

	token = f.login("admin", adminPassword)
	status, _ := f.callAs("", "GET", "session/tunnels?token="+token, "")
	if status != http.StatusOK {
		t.Errorf("token in the query = %d, want 200", status)
	}
	if status, _ := f.callAs("", "HEAD", "session?token="+token, ""); status != http.StatusNoContent {
		t.Errorf("HEAD session = %d, want 204", status)
	}
	if status, _ := f.callAs("", "DELETE", "tokens/"+token, ""); status != http.StatusNoContent {
		t.Errorf("DELETE tokens/{token} = %d, want 204", status)
	}
	if status, _ := f.callAs("", "HEAD", "session?token="+token, ""); status != http.StatusForbidden {
		t.Errorf("HEAD session after the logout = %d, want 403", status)
	}
}

func TestBasicAuthorizationAndRawBodiesLogIn(t *testing.T) {
	f := newGatewayFixture(t)
	req, _ := http.NewRequestWithContext(t.Context(), "POST", f.server.URL+"/guacamole/api/tokens", nil)
	req.SetBasicAuth("admin", adminPassword)
	if status, answer := f.do(req); status != http.StatusOK {
		t.Errorf("basic authorization = %d %s", status, answer)
	}
	body := strings.NewReader("username=admin&password=" + adminPassword + "\n")
	req, _ = http.NewRequestWithContext(t.Context(), "POST", f.server.URL+"/guacamole/api/tokens", body)
	if status, answer := f.do(req); status != http.StatusOK {
		t.Errorf("form without a type = %d %s", status, answer)
	}
	req, _ = http.NewRequestWithContext(t.Context(), "POST", f.server.URL+"/guacamole/api/tokens?username=admin&password="+adminPassword, nil)
	if status, _ := f.do(req); status != http.StatusForbidden {
		t.Errorf("credentials in the query = %d, want 403", status)
	}
}

func TestGuessingOverRESTIsSlowedDown(t *testing.T) {
	f := newGatewayFixture(t)
	for range 5 {
		f.postForm("api/tokens", url.Values{"username": {"admin"}, "password": {"wrong"}})
	}
	status, answer := f.postForm("api/tokens", url.Values{"username": {"admin"}, "password": {adminPassword}})
	if status != http.StatusTooManyRequests || !strings.Contains(answer, "LOGIN.ERROR_TOO_MANY_ATTEMPTS") ||
		!strings.Contains(answer, `"type":"BAD_REQUEST"`) {
		t.Errorf("sixth attempt = %d %s", status, answer)
	}
}

func TestOthersSeeOnlyWhatTheyMay(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"users", `{"username":"bob","password":"b","attributes":{}}`)
	f.must("POST", ds+"connections", `{"name":"seen","protocol":"echo","parameters":{"password":"hidden"}}`)
	f.must("POST", ds+"connections", `{"name":"unseen","protocol":"echo"}`)
	f.must("PATCH", ds+"users/bob/permissions", `[{"op":"add","path":"/connectionPermissions/1","value":"READ"}]`)
	bob := f.login("bob", "b")
	golden(t, "others.txt", f.transcript(bob, strings.ReplaceAll(`
GET DS/connections
GET DS/connections/2
GET DS/connections/1/parameters
GET DS/connectionGroups/ROOT/tree
PUT DS/connections/1 {"name":"taken","protocol":"echo"}
DELETE DS/connections/1
DELETE DS/connections/2
POST DS/connections {"name":"mine","protocol":"echo"}
POST DS/users {"username":"eve","password":"x"}
GET DS/users
GET DS/users/admin
GET DS/users/admin/permissions
PATCH DS/self/permissions [{"op":"add","path":"/systemPermissions","value":"ADMINISTER"}]
PATCH DS/connections [{"op":"remove","path":"/1"}]
GET DS/history/connections
GET DS/connections/2/history
`, "DS/", ds)))
}

func TestBadInputIsNeverAnInternalError(t *testing.T) {
	f := newGatewayFixture(t)
	f.must("POST", ds+"connections", `{"name":"box","protocol":"ssh"}`)
	bodies := []string{
		"", "null", "{", "[]", "{}", `"text"`, "12", `{"name":{}}`, `{"name":[1]}`, `{"attributes":[]}`, `{"attributes":{"weight":{}}}`,
		`{"parameters":"x"}`, `[{}]`, `[{"op":1}]`, `[{"op":"add"}]`, `[{"op":"add","path":"/","value":3}]`, `[null]`, `{"name":"a"} trailing`,
		"\xff\xfe", `{"username":"` + strings.Repeat("x", 5000) + `"}`, `{"identifier":"` + strings.Repeat("x", 5000) + `"}`,
		`{"name":"` + strings.Repeat("é", 200) + `","protocol":"ssh"}`, `{"name":"a\u0000b","protocol":"ssh"}`,
		`{"name":"x","protocol":"` + strings.Repeat("p", 100) + `"}`, `{"name":"x","protocol":"ssh","parentIdentifier":"77"}`,
		`{"name":"x","protocol":"ssh","parameters":{"a":"` + strings.Repeat("v", 5000) + `"}}`,
		`{"name":"x","type":"BALANCING","parentIdentifier":"x"}`, `{"name":"x","primaryConnectionIdentifier":"99"}`,
		strings.Repeat("[", 20000),
	}
	paths := []string{
		"POST users", "PUT users/admin", "PATCH users", "POST userGroups", "PATCH userGroups", "POST connections", "PUT connections/1",
		"PATCH connections", "POST connectionGroups", "PUT connectionGroups/ROOT", "DELETE connectionGroups/ROOT", "POST sharingProfiles",
		"PUT self/password", "PATCH users/admin/permissions", "PATCH users/admin/userGroups", "PATCH userGroups/x/memberUsers",
		"PATCH activeConnections", "PUT users/nobody", "PUT connections/-1", "PUT connections/99999999999999999999",
	}
	for _, path := range paths {
		for _, body := range bodies {
			method, rest, _ := strings.Cut(path, " ")
			status, answer := f.call(method, ds+rest, body)
			if status == http.StatusInternalServerError || status == 0 {
				t.Errorf("%s with %.60q = %d %s", path, body, status, answer)
			}
			if status >= 400 && !json.Valid([]byte(answer)) {
				t.Errorf("%s with %.60q = %d without an error object: %q", path, body, status, answer)
			}
		}
	}
	if strings.Contains(f.log.String(), "panic") {
		t.Errorf("a handler panicked:\n%s", f.log)
	}
}

func TestHugeBodiesAreRefused(t *testing.T) {
	f := newGatewayFixture(t, "PALTA_API_MAX_REQUEST_SIZE=1000")
	status, answer := f.call("POST", ds+"connections", `{"name":"`+strings.Repeat("x", 2000)+`"}`)
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, `"type":"BAD_REQUEST"`) {
		t.Errorf("2000 bytes where 1000 are allowed = %d %s", status, answer)
	}
	status, _ = f.postForm("api/tokens", url.Values{"username": {strings.Repeat("x", 2000)}})
	if status != http.StatusRequestEntityTooLarge {
		t.Errorf("login with 2000 bytes = %d, want 413", status)
	}
}

func TestWrongTypeMethodAndPathHaveTheErrorObject(t *testing.T) {
	f := newGatewayFixture(t)
	req, _ := http.NewRequestWithContext(t.Context(), "POST", f.server.URL+"/guacamole/api/"+ds+"connections?token="+f.token,
		strings.NewReader("<xml/>"))
	req.Header.Set("Content-Type", "text/xml")
	if status, answer := f.do(req); status != http.StatusUnsupportedMediaType || !json.Valid([]byte(answer)) {
		t.Errorf("XML = %d %s, want 415", status, answer)
	}
	if status, answer := f.call("PUT", ds+"connections", ""); status != http.StatusMethodNotAllowed || !json.Valid([]byte(answer)) {
		t.Errorf("PUT on a directory = %d %s, want 405", status, answer)
	}
	if status, answer := f.call("GET", "nonsense", ""); status != http.StatusNotFound || !json.Valid([]byte(answer)) {
		t.Errorf("unknown path = %d %s, want 404", status, answer)
	}
}

func TestDeadDatabaseIsAnErrorObjectAndALogLine(t *testing.T) {
	f := newGatewayFixture(t)
	if err := f.db.Close(); err != nil {
		t.Fatal(err)
	}
	status, answer := f.call("GET", ds+"connections", "")
	if status != http.StatusInternalServerError || !strings.Contains(answer, `"type":"INTERNAL_ERROR"`) ||
		!strings.Contains(answer, "Unexpected internal error") {
		t.Errorf("list on a dead database = %d %s", status, answer)
	}
	if !strings.Contains(f.log.String(), `msg="request failed" method=GET path=/session/data/sqlite/connections`) {
		t.Errorf("log lacks the failure:\n%s", f.log)
	}
	if status, _ := f.postForm("api/tokens", url.Values{"username": {"admin"}, "password": {adminPassword}}); status != 500 {
		t.Errorf("login on a dead database = %d, want 500", status)
	}
}

func TestSetupOverREST(t *testing.T) {
	f := newGatewayFixture(t)
	if got, want := f.must("GET", "palta/setup", ""), `{"required":false}`; got != want {
		t.Errorf("setup with a user = %s, want %s", got, want)
	}
	status, _ := f.call("POST", "palta/setup", `{"token":"","username":"eve","password":"x"}`)
	if status != http.StatusForbidden {
		t.Errorf("setup without a token = %d, want 403", status)
	}
}

func BenchmarkLoginOverREST(b *testing.B) {
	g := newBenchmarkGateway(b)
	form := url.Values{"username": {"admin"}, "password": {adminPassword}}.Encode()
	for b.Loop() {
		g.serve(b, "POST", "tokens", "application/x-www-form-urlencoded", form)
	}
}

func BenchmarkListConnectionsOverREST(b *testing.B) {
	g := newBenchmarkGateway(b)
	for i := range 100 {
		g.serve(b, "POST", ds+"connections", "application/json", fmt.Sprintf(`{"name":"box %d","protocol":"ssh"}`, i))
	}
	b.ResetTimer()
	for b.Loop() {
		g.serve(b, "GET", ds+"connections", "", "")
	}
}

func BenchmarkTreeOverREST(b *testing.B) {
	g := newBenchmarkGateway(b)
	for i := range 100 {
		g.serve(b, "POST", ds+"connections", "application/json", fmt.Sprintf(`{"name":"box %d","protocol":"ssh"}`, i))
	}
	b.ResetTimer()
	for b.Loop() {
		g.serve(b, "GET", ds+"connectionGroups/ROOT/tree", "", "")
	}
}
