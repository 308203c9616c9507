// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// pair returns both sides of a context, client first.
func pair(tb testing.TB, key Key, subkey bool) (client, server *peers) {
	tb.Helper()
	k, err := newCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	var flags byte
	if subkey {
		flags = acceptorSubkey
	}
	return &peers{cipher: k, flags: flags, send: 7, receive: 1 << 31}, &peers{cipher: k, flags: flags | sentByAcceptor, send: 1 << 31, receive: 7}
}

func TestMessagesGoBothWays(t *testing.T) {
	for _, key := range keys() {
		for _, subkey := range []bool{false, true} {
			client, server := pair(t, key, subkey)
			for _, size := range []int{0, 1, 15, 16, 17, 31, 32, 33, 5000} {
				want := bytes.Repeat([]byte{'m'}, size)
				for _, way := range [][2]*peers{{client, server}, {server, client}} {
					b, err := way[0].wrap(want)
					if err != nil {
						t.Fatal(err)
					}
					if size > 0 && bytes.Contains(b, want[:min(size, 16)]) && size >= 16 {
						t.Errorf("type %d: %d bytes are not encrypted", key.Type, size)
					}
					if got, err := way[1].unwrap(b); err != nil || !bytes.Equal(got, want) {
						t.Errorf("type %d: %d bytes come out as %d, %v", key.Type, size, len(got), err)
					}
					mic, err := way[0].mic(want)
					if err != nil {
						t.Fatal(err)
					}
					if err := way[1].checkMIC(want, mic); err != nil {
						t.Errorf("type %d: MIC of %d bytes: %v", key.Type, size, err)
					}
				}
			}
		}
	}
}

func TestWrapTokenLooksLikeWindows(t *testing.T) {
	client, _ := pair(t, Key{AES256SHA1, make([]byte, aes256Size)}, true)
	b, err := client.wrap([]byte("message"))
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "0504"+"06"+"ff"+"0000"+"001c"+"0000000000000007")
	if !bytes.Equal(b[:headerSize], want) {
		t.Errorf("header %x, want %x", b[:headerSize], want)
	}
	if want := headerSize + confounderSize + len("message") + headerSize + 12; len(b) != want {
		t.Errorf("%d bytes, want %d", len(b), want)
	}
}

// A sender may pad, and may rotate by any number of bytes.
func TestPaddedAndRotatedTokens(t *testing.T) {
	for _, c := range []struct {
		name              string
		ec, rrc, rotation int
	}{
		{"not rotated", 0, 0, 0},
		{"as MIT with padding", 16, 0, 0},
		{"as Windows with padding", 16, 28, 44},
		{"rotated by RRC alone", 16, 28, 28},
		{"rotated by more than there is", 0, 60000, 60000},
	} {
		client, server := pair(t, Key{AES128SHA1, make([]byte, aes128Size)}, true)
		header := func(rrc int) []byte {
			h := wrapHeader(server.flags, uint16(rrc), server.send)
			binary.BigEndian.PutUint16(h[4:], uint16(c.ec))
			return h
		}
		plain := append([]byte("message"), make([]byte, c.ec)...)
		sealed, err := server.cipher.encrypt(usageAcceptorSeal, make([]byte, confounderSize), append(plain, header(0)...))
		if err != nil {
			t.Fatal(err)
		}
		at := len(sealed) - c.rotation%len(sealed)
		b := append(append(header(c.rrc), sealed[at:]...), sealed[:at]...)
		if got, err := client.unwrap(b); err != nil || string(got) != "message" {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func TestTokensThatWereTamperedWith(t *testing.T) {
	for _, key := range keys() {
		client, server := pair(t, key, true)
		b, err := server.wrap([]byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		mic, err := server.mic([]byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		next := *client
		next.receive++
		refused := func(what string, unwrap, check []byte) {
			t.Helper()
			if _, err := client.unwrap(unwrap); unwrap != nil && err == nil {
				t.Errorf("type %d: wrap token %s is accepted", key.Type, what)
			}
			if err := next.checkMIC([]byte("message"), check); check != nil && err == nil {
				t.Errorf("type %d: MIC token %s is accepted", key.Type, what)
			}
		}
		for n := range b {
			refused("that is cut", b[:n:n], nil)
			for _, bit := range []byte{1, 0x80} {
				changed := bytes.Clone(b)
				changed[n] ^= bit
				refused("that is changed", changed, nil)
			}
		}
		for n := range mic {
			refused("that is cut", nil, mic[:n:n])
			changed := bytes.Clone(mic)
			changed[n] ^= 1
			refused("that is changed", nil, changed)
		}
		refused("with more behind it", append(bytes.Clone(b), 0), append(bytes.Clone(mic), 0))
		if _, err := client.unwrap(b); err != nil {
			t.Errorf("type %d: the wrap token itself: %v", key.Type, err)
		}
		if err := client.checkMIC([]byte("other"), mic); !errors.Is(err, ErrIntegrity) {
			t.Errorf("type %d: MIC of another message: %v", key.Type, err)
		}
		if err := client.checkMIC([]byte("message"), mic); err != nil {
			t.Errorf("type %d: the MIC itself: %v", key.Type, err)
		}
	}
}

func TestOrderOfMessages(t *testing.T) {
	client, server := pair(t, Key{AES128SHA1, make([]byte, aes128Size)}, false)
	var tokens [3][]byte
	for i := range tokens {
		tokens[i], _ = server.wrap([]byte{byte(i)})
	}
	for _, step := range []struct {
		name string
		i    int
		want error
	}{
		{"one left out", 1, ErrSequence},
		{"the first", 0, nil},
		{"the first again", 0, ErrSequence},
		{"the third", 2, ErrSequence},
		{"the second", 1, nil},
		{"the third in its turn", 2, nil},
	} {
		if _, err := client.unwrap(tokens[step.i]); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
	}
	mic, _ := server.mic(nil)
	if err := client.checkMIC(nil, mic); err != nil {
		t.Errorf("a MIC: %v", err)
	}
	if err := client.checkMIC(nil, mic); !errors.Is(err, ErrSequence) {
		t.Errorf("the MIC again: %v", err)
	}
}

// An own token that comes back is not one of the server, even with the right number.
func TestReflectedTokens(t *testing.T) {
	client, _ := pair(t, Key{AES128SHA1, make([]byte, aes128Size)}, true)
	client.receive = client.send
	b, _ := client.wrap([]byte("message"))
	if _, err := client.unwrap(b); err == nil {
		t.Error("the client's own wrap token is accepted")
	}
	client.receive = client.send
	mic, _ := client.mic([]byte("message"))
	if err := client.checkMIC([]byte("message"), mic); err == nil {
		t.Error("the client's own MIC is accepted")
	}
}

// A wrap token without confidentiality has a checksum that is right, and is refused.
func TestUnencryptedTokens(t *testing.T) {
	client, server := pair(t, Key{AES128SHA1, make([]byte, aes128Size)}, true)
	header := wrapHeader(server.flags, 0, server.send)
	header[2] &^= sealed
	sum, err := server.cipher.checksum(usageAcceptorSeal, []byte("message"), header)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint16(header[4:], uint16(len(sum)))
	if got, err := client.unwrap(append(append(header, "message"...), sum...)); err == nil {
		t.Errorf("accepted as %q", got)
	}
}

// RRC is outside of the checksum, so tokens that differ in their rotation only are the same.
func FuzzUnwrap(f *testing.F) {
	key := Key{AES128SHA256, make([]byte, aes128Size)}
	_, server := pair(f, key, true)
	good, err := server.wrap([]byte("message"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:headerSize])
	f.Fuzz(func(t *testing.T, b []byte) {
		client, _ := pair(t, key, true)
		plain, err := client.unwrap(b)
		if bytes.Equal(b, good) != (err == nil) && (len(b) != len(good) || string(plain) != "message") {
			t.Fatalf("%x comes out as %q, %v", b, plain, err)
		}
	})
}

func FuzzCheckMIC(f *testing.F) {
	key := Key{AES256SHA1, make([]byte, aes256Size)}
	_, server := pair(f, key, false)
	good, err := server.mic([]byte("message"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:headerSize])
	f.Fuzz(func(t *testing.T, b []byte) {
		client, _ := pair(t, key, false)
		if err := client.checkMIC([]byte("message"), b); (err == nil) != bytes.Equal(b, good) {
			t.Fatalf("%x: %v", b, err)
		}
	})
}
