// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// KDC is a running MIT Kerberos KDC.
type KDC struct {
	*Process
	Realm string
	Port  int
	// Address is where it answers, by TCP and UDP.
	Address string
	// Config is the text of a krb5.conf that names it.
	Config string
	dir    string
	env    []string
}

// KDCOptions may be zero.
type KDCOptions struct {
	// Realm is PALTA.TEST by default.
	Realm string
	// EncryptionTypes are what keys are made of, in the words of kdc.conf. By default they are
	// all those with AES.
	EncryptionTypes string
	// Conf is added to the krb5.conf of the KDC itself.
	Conf string
}

const kdcMasterPassword = "avocado stone"

// StartKDC starts MIT Kerberos' KDC with an empty realm.
func StartKDC(t testing.TB, o KDCOptions) *KDC {
	t.Helper()
	if o.Realm == "" {
		o.Realm = "PALTA.TEST"
	}
	if o.EncryptionTypes == "" {
		o.EncryptionTypes = "aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96 aes256-cts-hmac-sha384-192 aes128-cts-hmac-sha256-128"
	}
	dir := t.TempDir()
	k := &KDC{Realm: o.Realm, Port: FreePort(t), dir: dir}
	k.Address = Address(k.Port)
	k.Config = fmt.Sprintf(`[libdefaults]
default_realm = %[1]s
dns_lookup_kdc = false
dns_lookup_realm = false
rdns = false
[realms]
%[1]s = {
 kdc = %[2]s
}
`, k.Realm, k.Address)
	write(t, filepath.Join(dir, "krb5.conf"), k.Config+o.Conf)
	write(t, filepath.Join(dir, "kdc.conf"), fmt.Sprintf(`[kdcdefaults]
kdc_listen = %[2]s
kdc_tcp_listen = %[2]s
[realms]
%[1]s = {
 database_name = %[3]s/principal
 key_stash_file = %[3]s/stash
 acl_file = %[3]s/acl
 supported_enctypes = %[4]s
 default_principal_flags = +preauth
}
[logging]
kdc = STDERR
default = STDERR
`, k.Realm, k.Address, dir, o.EncryptionTypes))
	k.env = []string{
		"KRB5_CONFIG=" + filepath.Join(dir, "krb5.conf"), "KRB5_KDC_PROFILE=" + filepath.Join(dir, "kdc.conf"),
		"KRB5RCACHEDIR=" + dir,
	}
	Command(t, k.env, "/usr/sbin/kdb5_util", "create", "-s", "-r", k.Realm, "-P", kdcMasterPassword)
	k.Process = Start(t, "krb5-kdc", k.env, "/usr/sbin/krb5kdc", "-n", "-r", k.Realm, "-P", filepath.Join(dir, "pid"))
	k.WaitFor(t, "accepts connections", Listening(k.Address))
	return k
}

// Env is the environment for programs that use this KDC.
func (k *KDC) Env() []string { return k.env }

// Admin runs one query of kadmin.local, such as `modprinc -allow_tix user`.
func (k *KDC) Admin(t testing.TB, query ...string) string {
	t.Helper()
	return Command(t, k.env, "/usr/sbin/kadmin.local", append([]string{"-r", k.Realm}, query...)...)
}

// Trust makes the keys with which users of this realm get tickets of another one.
func (k *KDC) Trust(t testing.TB, other *KDC) {
	t.Helper()
	for _, at := range []*KDC{k, other} {
		at.Admin(t, "addprinc", "-requires_preauth", "-pw", "seed of trust", "krbtgt/"+other.Realm+"@"+k.Realm)
	}
}

// AddUser makes a principal with a password; options are those of addprinc.
func (k *KDC) AddUser(t testing.TB, name, password string, options ...string) {
	t.Helper()
	query := append([]string{"addprinc"}, options...)
	k.Admin(t, append(query, "-pw", password, name)...)
}

// AddService makes a principal with a random key and returns the path of its keytab; options
// are those of addprinc. Users without preauthentication may use it too.
func (k *KDC) AddService(t testing.TB, name string, options ...string) (keytab string) {
	t.Helper()
	query := append([]string{"addprinc", "-requires_preauth"}, options...)
	k.Admin(t, append(query, "-randkey", name)...)
	keytab = filepath.Join(k.dir, strings.ReplaceAll(name, "/", "_")+".keytab")
	k.Admin(t, "ktadd", "-norandkey", "-k", keytab, name)
	if _, err := os.Stat(keytab); err != nil {
		t.Fatal(err)
	}
	return keytab
}
