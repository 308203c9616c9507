// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// PostgreSQL is a running PostgreSQL server.
type PostgreSQL struct {
	*Process
	Host string
	Port int
	// Username and Password are those of an account that owns the databases and is nothing more.
	Username, Password string
	// Certificate is the file with the server's certificate, which signs itself.
	Certificate string

	bin, dir  string
	databases int
}

// StartPostgreSQL starts PostgreSQL without databases, with TLS beside plain connections.
func StartPostgreSQL(t testing.TB) *PostgreSQL {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatal("PostgreSQL is not installed: apt-get install postgresql")
	}
	p := &PostgreSQL{
		Host: "127.0.0.1", Port: FreePort(t), Username: "guacamole_user", Password: `it's a \ secret`,
		bin: found[len(found)-1], dir: openDir(t),
	}
	credential := p.credential(t)
	data, key := filepath.Join(p.dir, "data"), filepath.Join(p.dir, "key.pem")
	p.Certificate = filepath.Join(p.dir, "cert.pem")
	commandAs(t, credential, nil, p.bin+"/initdb", "-D", data, "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	commandAs(t, credential, nil, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
		"-keyout", key, "-out", p.Certificate)
	settings := []string{"-D", data}
	for name, value := range map[string]string{
		"listen_addresses": p.Host, "port": strconv.Itoa(p.Port), "unix_socket_directories": p.dir, "fsync": "off", "full_page_writes": "off",
		"synchronous_commit": "off", "ssl": "on", "ssl_cert_file": p.Certificate, "ssl_key_file": key,
	} {
		settings = append(settings, "-c", name+"="+value)
	}
	p.Process = startAs(t, credential, "postgresql", nil, p.bin+"/postgres", settings...)
	p.WaitFor(t, "accepts connections", func(ctx context.Context) error {
		return exec.CommandContext(ctx, p.bin+"/pg_isready", "-q", "-h", p.dir, "-p", strconv.Itoa(p.Port)).Run()
	})
	p.SQL(t, "postgres", fmt.Sprintf("create role %s login password '%s'", p.Username, `it''s a \ secret`))
	return p
}

// credential returns who the server runs as, since it refuses to run as root, and makes the directory that account's.
func (p *PostgreSQL) credential(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(account.Uid, 10, 32)
	gid, _ := strconv.ParseUint(account.Gid, 10, 32)
	if err := os.Chown(p.dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// NewDatabase makes an empty database, owned by Username, and returns its name.
func (p *PostgreSQL) NewDatabase(t testing.TB) string {
	t.Helper()
	p.databases++
	name := "test" + strconv.Itoa(p.databases)
	p.SQL(t, "postgres", "create database "+name+" owner "+p.Username)
	return name
}

// SQL runs a statement as the server's administrator and returns what it yields: one row a line, columns separated by |.
func (p *PostgreSQL) SQL(t testing.TB, database, statement string) string {
	t.Helper()
	return p.psql(t, database, "-c", statement)
}

// Load runs the script in a file as Username.
func (p *PostgreSQL) Load(t testing.TB, database, file string) {
	t.Helper()
	p.psql(t, database, "-1", "-c", "set role "+p.Username, "-f", file)
}

func (p *PostgreSQL) psql(t testing.TB, database string, args ...string) string {
	t.Helper()
	args = append([]string{"-XqAt", "-v", "ON_ERROR_STOP=1", "-h", p.dir, "-p", strconv.Itoa(p.Port), "-U", "postgres", "-d", database}, args...)
	return Command(t, nil, p.bin+"/psql", args...)
}
