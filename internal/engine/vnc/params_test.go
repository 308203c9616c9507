// SPDX-License-Identifier: Apache-2.0

package vnc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// upstream is the order in which guacd 1.6 names the parameters in args.
const upstream = `hostname port read-only disable-display-resize encodings username password swap-red-blue color-depth cursor
autoretry clipboard-encoding dest-host dest-port enable-audio audio-servername reverse-connect listen-timeout enable-sftp
sftp-hostname sftp-host-key sftp-port sftp-timeout sftp-username sftp-password sftp-private-key sftp-passphrase sftp-public-key
sftp-directory sftp-root-directory sftp-server-alive-interval sftp-disable-download sftp-disable-upload recording-path
recording-name recording-exclude-output recording-exclude-mouse recording-include-keys recording-include-clipboard
create-recording-path recording-write-existing clipboard-buffer-size disable-copy disable-paste disable-server-input
wol-send-packet wol-mac-addr wol-broadcast-addr wol-udp-port wol-wait-time force-lossless compress-level quality-level`

func TestParametersAreThoseOfGuacd(t *testing.T) {
	p := Protocol()
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(strings.Fields(upstream), p.Names()); diff != "" {
		t.Errorf("args (-want +got):\n%s", diff)
	}
}
