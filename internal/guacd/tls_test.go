// SPDX-License-Identifier: Apache-2.0

package guacd

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/palta-gateway/palta/internal/wire/guac"
)

// certificate writes a certificate for 127.0.0.1 and its key to one file.
func certificate(t *testing.T) (file string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	file = filepath.Join(t.TempDir(), "guacd.pem")
	if err := os.WriteFile(file, append(certPEM, keyPEM...), 0o600); err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return file, pool
}

func TestTLS(t *testing.T) {
	// Features: GCD-04
	file, pool := certificate(t)
	config, err := Options{Certificate: file}.TLS()
	if err != nil {
		t.Fatal(err)
	}
	eachIsolation(t, func(t *testing.T, isolation Isolation) {
		s, _ := start(t, isolation, func(cfg *Config) {
			cfg.TLS = config
			cfg.HandshakeTimeout = time.Second
		})
		ln := listen(t)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, ln) }()
		conn, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: pool})
		if err != nil {
			t.Fatal(err)
		}
		p := newPeer(t, conn)
		if err := p.handshake("echo", nil); err != nil {
			t.Fatal(err)
		}
		p.wantSaid("process ")
		p.key('a')
		p.wantSaid("key a")
		p.key('e')
		p.wantEnd(guac.UpstreamUnavailable)

		plain, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := newPeer(t, plain).handshake("echo", nil); err == nil {
			t.Error("a plain connection was served")
		}
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}

func TestTLSOptions(t *testing.T) {
	if config, err := (Options{}).TLS(); config != nil || err != nil {
		t.Errorf("without files: %v, %v", config, err)
	}
	if _, err := (Options{Key: "/nonexistent"}).TLS(); err == nil {
		t.Error("a missing file was accepted")
	}
	file, _ := certificate(t)
	if _, err := (Options{Certificate: file, Key: file}).TLS(); err != nil {
		t.Error(err)
	}
}
