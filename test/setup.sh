#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what building (setup.sh build) or testing (setup.sh test) needs and lacks: Debian
# packages as root, npm packages in web/. Says what it does; does nothing where nothing lacks.
set -eu
cd "$(dirname "$0")/.."

need() { # need PROGRAM PACKAGE: add PACKAGE to what lacks
	command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || lacking="$lacking $2"
}

lacking=
need go golang
need node nodejs
need npm npm
if [ "${1:-build}" = test ]; then
	need /usr/sbin/sshd openssh-server
	need ssh openssh-client
	need Xtigervnc tigervnc-standalone-server
	need tigervncpasswd tigervnc-tools
	need vncconfig tigervnc-common
	need xrdp xrdp
	need /usr/lib/xorg/modules/libxorgxrdp.so xorgxrdp
	need freerdp-shadow-cli freerdp2-shadow-x11
	need winpr-hash winpr-utils
	need openssl openssl
	need /usr/sbin/nginx nginx-light
	need /usr/sbin/apache2 apache2
	need Xvfb xvfb
	need weston weston
	need xsetroot x11-xserver-utils
	need xdpyinfo x11-utils
	need xterm xterm
	need xauth xauth
	need xdotool xdotool
	need xclip xclip
	need import imagemagick
	need chromium chromium
	need firefox-esr firefox-esr
	need ffmpeg ffmpeg
	need tmux tmux
	need vim vim
	need htop htop
	need less less
	need gcc gcc
	need file file
	need "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)" postgresql
	need /usr/sbin/krb5kdc krb5-kdc
	need /usr/sbin/kadmin.local krb5-admin-server
	need kinit krb5-user
	need /usr/lib/python3/dist-packages/gssapi/__init__.py python3-gssapi
	need /etc/gss/mech.d/mech.ntlmssp.conf gss-ntlmssp
	need /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf fonts-dejavu-core
fi
if [ -n "$lacking" ]; then
	if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
		echo "setup: please install these (Debian package names):$lacking" >&2
		exit 1
	fi
	echo "setup: installing Debian packages:$lacking"
	# Packages of servers must not start them: tests start their own.
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q -o DPkg::Lock::Timeout=600 update >/dev/null
	# shellcheck disable=SC2086
	apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends $lacking >/dev/null
fi
if [ ! -e web/node_modules/.package-lock.json ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
	echo "setup: installing npm packages in web/"
	(cd web && npm ci --no-audit --no-fund --loglevel=error)
	touch web/node_modules/.package-lock.json
fi
