// SPDX-License-Identifier: Apache-2.0

package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TLSFiles are a certificate of its own authority for 127.0.0.1, and its key.
type TLSFiles struct {
	Certificate, Key string // paths
	Pool             *x509.CertPool
}

// NewTLSFiles makes them.
func NewTLSFiles(t testing.TB) TLSFiles {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := TLSFiles{
		Certificate: filepath.Join(dir, "certificate.pem"), Key: filepath.Join(dir, "key.pem"), Pool: x509.NewCertPool(),
	}
	writePEM(t, files.Certificate, "CERTIFICATE", certificate)
	writePEM(t, files.Key, "PRIVATE KEY", private)
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	files.Pool.AddCert(parsed)
	return files
}

func writePEM(t testing.TB, path, kind string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// StartNginx starts nginx with a server block that listens on that port.
func StartNginx(t testing.TB, port int, server string) *Process {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf(`daemon off; user root; pid %[1]s/pid; error_log stderr; worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
%[2]s
}
`, dir, server)
	p := Start(t, "nginx-light", nil, "/usr/sbin/nginx", "-e", "stderr", "-c", configFile(t, dir, config))
	p.WaitFor(t, "accepts connections", Listening(Address(port)))
	return p
}

// StartApache starts Apache with a virtual host that listens on that port.
func StartApache(t testing.TB, port int, host string) *Process {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf("ServerRoot %s\nServerName localhost\nPidFile pid\nErrorLog /dev/stderr\nListen 127.0.0.1:%d\n", dir, port)
	for _, module := range []string{"mpm_event", "authz_core", "socache_shmcb", "ssl", "proxy", "proxy_http", "proxy_wstunnel", "headers"} {
		config += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", module, module)
	}
	p := Start(t, "apache2", nil, "/usr/sbin/apache2", "-D", "FOREGROUND", "-f", configFile(t, dir, config+host))
	p.WaitFor(t, "accepts connections", Listening(Address(port)))
	return p
}

func configFile(t testing.TB, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "server.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
