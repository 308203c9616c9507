// SPDX-License-Identifier: Apache-2.0

package kerberos

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sampleConf = `# a comment
[logging]
  default = FILE:/var/log/krb5.log
[libdefaults]
  default_realm = EXAMPLE.ORG
  ; another
  forwardable = true
  udp_preference_limit = 1

[realms]
  EXAMPLE.ORG = {
    kdc = kdc1.example.org
    kdc = kdc2.example.org:750*
    admin_server = kdc1.example.org
    auth_to_local_names = {
      kdc = nobody
    }
  }
  OTHER.ORG = {
    kdc = "10.0.0.1"
  }
[domain_realm]
  .Example.org = EXAMPLE.ORG
  .sub.example.org = SUB.EXAMPLE.ORG
  www.example.org = OTHER.ORG
[capaths]
  A = {
    B = .
  }
`

func TestConf(t *testing.T) {
	got, err := parseConf(sampleConf)
	if err != nil {
		t.Fatal(err)
	}
	want := conf{
		defaultRealm: "EXAMPLE.ORG",
		kdcs:         map[string][]string{"EXAMPLE.ORG": {"kdc1.example.org", "kdc2.example.org:750"}, "OTHER.ORG": {"10.0.0.1"}},
		domains:      map[string]string{".example.org": "EXAMPLE.ORG", ".sub.example.org": "SUB.EXAMPLE.ORG", "www.example.org": "OTHER.ORG"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(conf{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for host, want := range map[string]string{
		"WWW.example.org": "OTHER.ORG", "a.example.org": "EXAMPLE.ORG", "a.b.sub.example.org": "SUB.EXAMPLE.ORG",
		"example.org": "", "elsewhere.net": "", "": "",
	} {
		if got := got.realmOf(host); got != want {
			t.Errorf("host %q is of realm %q, want %q", host, got, want)
		}
	}
}

func TestConfThatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"[realms":               "line 1: a section's name does not end",
		"[realms]\n}":           "line 2: there is nothing to close",
		"[realms]\nR = {":       "ends within { }",
		"include /etc/other":    "line 1: no other file can be included",
		"includedir /etc/other": "line 1: no other file can be included",
		"[libdefaults]\nx":      "line 2: has no =",
	} {
		if _, err := parseConf(text); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzConf(f *testing.F) {
	f.Add(sampleConf, "www.example.org")
	f.Add("[realms]\nR={\nkdc=a\n}\n", "..")
	f.Fuzz(func(t *testing.T, text, host string) {
		c, err := parseConf(text)
		if err != nil {
			return
		}
		if realm := c.realmOf(host); realm != "" && !strings.Contains(text, realm) {
			t.Errorf("realm %q is from nowhere", realm)
		}
	})
}
