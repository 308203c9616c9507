// SPDX-License-Identifier: Apache-2.0

//go:build integration

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palta-gateway/palta/test/servers"
)

// homeOf returns a GUACAMOLE_HOME whose guacamole.properties name that database.
func homeOf(t *testing.T, server *servers.PostgreSQL, database string) string {
	t.Helper()
	home := t.TempDir()
	text := fmt.Sprintf("postgresql-hostname: %s\npostgresql-port: %d\npostgresql-database: %s\npostgresql-username: %s\npostgresql-password: %s\n",
		server.Host, server.Port, database, server.Username, strings.ReplaceAll(server.Password, `\`, `\\`))
	if err := os.WriteFile(filepath.Join(home, "guacamole.properties"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

// onPostgreSQL serves that database.
func onPostgreSQL(t *testing.T, home string) (*serving, *gatewayFixture) {
	t.Helper()
	s := startServe(t, "--guacamole-home", home, "--data-directory", t.TempDir())
	t.Cleanup(s.stop)
	return s, &gatewayFixture{t: t, server: &httptest.Server{URL: strings.TrimSuffix(s.base, "/guacamole/")}}
}

const onServer = "session/data/postgresql/"

func TestServeOnPostgreSQL(t *testing.T) {
	// Part of: ADM-24, DEP-01
	server := servers.StartPostgreSQL(t)
	home := homeOf(t, server, server.NewDatabase(t))
	s, f := onPostgreSQL(t, home)
	link := regexp.MustCompile(`#/setup\?token=([0-9a-f]+)`).FindStringSubmatch(s.stdout.String())
	if link == nil {
		t.Fatalf("no link for the first administrator in %q", s.stdout)
	}
	setup := fmt.Sprintf(`{"token":%q,"username":"root","password":"secret"}`, link[1])
	response, err := http.Post(s.base+"api/palta/setup", "application/json", strings.NewReader(setup))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatalf("setup = %d, want 204", response.StatusCode)
	}
	status, answer := f.postForm("api/tokens", url.Values{"username": {"root"}, "password": {"secret"}})
	if !strings.Contains(answer, `"dataSource":"postgresql"`) {
		t.Fatalf("login = %d %s, want data source postgresql", status, answer)
	}
	f.token = f.login("root", "secret")
	f.must("POST", onServer+"connections", `{"name":"büro","protocol":"ssh","parameters":{"hostname":"h"},"attributes":{"weight":"3"}}`)
	if list := f.must("GET", onServer+"connections", ""); !strings.Contains(list, `"name":"büro"`) || !strings.Contains(list, `"weight":"3"`) {
		t.Errorf("connections are %s", list)
	}
	if got := palta(t, "alice's\n", "user", "create", "alice", "--guacamole-home", home); got.code != exitDone {
		t.Fatalf("user create: %+v", got)
	}
	if got := palta(t, "new one\n", "user", "password", "alice", "--guacamole-home", home); got.code != exitDone {
		t.Fatalf("user password: %+v", got)
	}
	f.login("alice", "new one")
	if users := f.must("GET", onServer+"users", ""); !strings.Contains(users, `"alice"`) || !strings.Contains(users, `"root"`) {
		t.Errorf("users are %s", users)
	}
	got := palta(t, "x\n", "user", "create", "bob", "--guacamole-home", home, "--database", "palta.db")
	if got.code != exitFailed || !strings.Contains(got.stderr, "Leave out --database") {
		t.Errorf("with a file too: %+v", got)
	}
}

// upstreamsAnswers returns the folder with a database that upstream filled, and what upstream answers from it.
func upstreamsAnswers(t *testing.T) (folder string, answers map[string]any) {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "..", "shared", "vectors", "database")
		text, err := os.ReadFile(filepath.Join(folder, "postgresql-1.6.json"))
		if err != nil {
			continue
		}
		if err := json.Unmarshal(text, &answers); err != nil {
			t.Fatal(err)
		}
		return folder, answers
	}
	return "", nil
}

func TestUpstreamsDatabaseLooksTheSame(t *testing.T) {
	// Part of: ADM-24
	folder, answers := upstreamsAnswers(t)
	if answers == nil {
		t.Log("no database of upstream's here")
		return
	}
	server := servers.StartPostgreSQL(t)
	database := server.NewDatabase(t)
	server.Load(t, database, filepath.Join(folder, "postgresql-1.6.sql"))
	_, f := onPostgreSQL(t, homeOf(t, server, database))
	f.token = f.login("guacadmin", "guacadmin")
	get := func(path string) any {
		var object any
		if err := json.Unmarshal([]byte(f.must("GET", onServer+path, "")), &object); err != nil {
			t.Fatal(err)
		}
		return object
	}
	compare := func(what string, got, want any) {
		if diff := cmp.Diff(canonical(want), canonical(got)); diff != "" {
			t.Errorf("%s differ (-upstream +palta):\n%s", what, diff)
		}
	}
	for _, list := range []string{"connections", "connectionGroups", "sharingProfiles", "userGroups"} {
		compare(list, get(list), answers[list])
	}
	compare("tree", get("connectionGroups/ROOT/tree"), answers["tree"])
	users := get("users").(map[string]any)
	delete(users["guacadmin"].(map[string]any), "lastActive") // of the login here
	want := answers["users"].(map[string]any)
	delete(want["guacadmin"].(map[string]any), "lastActive")
	compare("users", users, want)
	for id, parameters := range answers["connections parameters"].(map[string]any) {
		compare("parameters", get("connections/"+id+"/parameters"), parameters)
	}
	for name, theirs := range answers["users permissions"].(map[string]any) {
		for what, want := range theirs.(map[string]any) {
			compare(what+" of "+name, get("users/"+url.PathEscape(name)+"/"+what), want)
		}
	}
	compare("history", get("history/connections?order=startDate"), answers["history/connections"])
	f.must("DELETE", "session", "")
	_, f = onPostgreSQL(t, homeOf(t, server, database))
	f.token = f.login("guacadmin", "guacadmin")
	compare("history after another start", get("history/connections?order=startDate"), answers["history/connections"])
}

// canonical sorts arrays, whose order means nothing here.
func canonical(object any) any {
	switch o := object.(type) {
	case map[string]any:
		sorted := make(map[string]any, len(o))
		for key, value := range o {
			sorted[key] = canonical(value)
		}
		return sorted
	case []any:
		sorted := make(map[string]int, len(o))
		for _, value := range o {
			text, _ := json.Marshal(canonical(value))
			sorted[string(text)]++
		}
		return sorted
	}
	return object
}
