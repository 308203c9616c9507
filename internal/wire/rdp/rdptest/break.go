// SPDX-License-Identifier: Apache-2.0

package rdptest

import (
	"bytes"

	"github.com/palta-gateway/palta/internal/wire/credssp"
	"github.com/palta-gateway/palta/internal/wire/rdp/gcc"
	"github.com/palta-gateway/palta/internal/wire/rdp/mcs"
	"github.com/palta-gateway/palta/internal/wire/rdp/pdu"
	"github.com/palta-gateway/palta/internal/wire/rdp/tpkt"
	"github.com/palta-gateway/palta/internal/wire/rdp/x224"
)

// Breaker is what Server.Break is.
type Breaker func(step Step, packet []byte) []byte

// At breaks the packets of one step with f, which may change them in place.
func At(step Step, f func(packet []byte) []byte) Breaker {
	return func(s Step, packet []byte) []byte {
		if s != step {
			return packet
		}
		return f(packet)
	}
}

// Drop leaves a packet out, and Twice sends it twice.
func Drop([]byte) []byte { return nil }

// Twice sends a packet twice.
func Twice(packet []byte) []byte { return append(packet[:len(packet):len(packet)], packet...) }

// With sends something after a packet.
func With(more []byte) func([]byte) []byte {
	return func(packet []byte) []byte { return append(packet, more...) }
}

// Set changes bytes from an offset on, which counts from the end if it is negative.
func Set(at int, values ...byte) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		copy(b[at:], values)
		return b
	}
}

// Flip inverts the byte at an offset, which counts from the end if it is negative. Unlike Set
// it changes bytes that are random.
func Flip(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 0xFF
		return b
	}
}

// Cut leaves the first n bytes, or all but the last -n.
func Cut(n int) func([]byte) []byte {
	return func(b []byte) []byte {
		if n < 0 {
			return b[:max(len(b)+n, 0)]
		}
		return b[:min(len(b), n)]
	}
}

// Instead sends other bytes.
func Instead(b []byte) func([]byte) []byte { return func([]byte) []byte { return b } }

// TPKT breaks what a TPKT packet holds: an X.224 TPDU. The packet's length stays true.
func TPKT(f func(tpdu []byte) []byte) func([]byte) []byte {
	return func(packet []byte) []byte {
		return tpkt.End(append(tpkt.Begin(nil), f(packet[tpkt.HeaderSize:])...), 0)
	}
}

// Confirm breaks the variable part of a connection confirm.
func Confirm(f func(variable []byte) []byte) func([]byte) []byte {
	return TPKT(func(tpdu []byte) []byte {
		c, err := x224.ParseConnection(tpdu)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		c.Variable = f(c.Variable)
		return c.Append(nil)
	})
}

// Domain breaks the MCS PDU of a packet.
func Domain(f func(pdu []byte) []byte) func([]byte) []byte {
	return TPKT(func(tpdu []byte) []byte {
		header := len(x224.AppendData(nil))
		return append(tpdu[:header:header], f(tpdu[header:])...)
	})
}

// Sent breaks a send data indication.
func Sent(f func(*mcs.SendData)) func([]byte) []byte {
	return Domain(func(b []byte) []byte {
		p, err := mcs.ParseSendData(b)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		f(&p)
		return p.Append(nil)
	})
}

// Data breaks what a send data indication carries.
func Data(f func(data []byte) []byte) func([]byte) []byte {
	return Sent(func(p *mcs.SendData) { p.Data = f(p.Data) })
}

// Share breaks a share control PDU, where there is no encryption.
func Share(f func(*pdu.ShareControl)) func([]byte) []byte {
	return Data(func(b []byte) []byte {
		p, _, err := pdu.ParseShareControl(b)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		f(&p)
		return p.Append(nil)
	})
}

// Body breaks the body of a share control PDU.
func Body(f func(body []byte) []byte) func([]byte) []byte {
	return Share(func(p *pdu.ShareControl) { p.Body = f(p.Body) })
}

// TSRequest breaks a message of CredSSP.
func TSRequest(f func(*credssp.Request)) func([]byte) []byte {
	return func(b []byte) []byte {
		q, err := credssp.ParseRequest(b)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		f(&q)
		return q.Append(nil)
	}
}

// response breaks the connect response.
func response(f func(*mcs.ConnectResponse)) func([]byte) []byte {
	return Domain(func(b []byte) []byte {
		p, err := mcs.ParseConnectResponse(b)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		f(&p)
		return p.Append(nil)
	})
}

// connectResponse breaks the user data of the connect response: the GCC response.
func connectResponse(f func(data []byte) []byte) func([]byte) []byte {
	return response(func(p *mcs.ConnectResponse) { p.UserData = f(p.UserData) })
}

// userData breaks the blocks of settings in the connect response.
func userData(f func(blocks []byte) []byte) func([]byte) []byte {
	return connectResponse(func(b []byte) []byte {
		blocks, err := gcc.ParseConferenceCreateResponse(b)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		return gcc.AppendConferenceCreateResponse(nil, f(blocks))
	})
}

// userKey changes the key that says whose the settings are.
func userKey(key string) func([]byte) []byte {
	return connectResponse(func(b []byte) []byte { return bytes.Replace(b, []byte("McDn"), []byte(key), 1) })
}

// Settings breaks the server's settings.
func Settings(f func(*gcc.ServerData)) func([]byte) []byte {
	return userData(func(b []byte) []byte {
		d, err := gcc.ParseServerData(b)
		if err != nil {
			panic("rdptest: " + err.Error()) // the server wrote it
		}
		f(&d)
		return d.Append(nil)
	})
}
