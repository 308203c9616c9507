// SPDX-License-Identifier: Apache-2.0

/** Readable labels for names that no translation covers. */

const words: Record<string, string> = {
  id: 'ID',
  ip: 'IP',
  tls: 'TLS',
  ssl: 'SSL',
  sftp: 'SFTP',
  ssh: 'SSH',
  vnc: 'VNC',
  rdp: 'RDP',
  wol: 'Wake-on-LAN',
  mac: 'MAC',
  addr: 'address',
  udp: 'UDP',
  tcp: 'TCP',
  dpi: 'DPI',
  url: 'URL',
  uri: 'URI',
  dir: 'directory',
  args: 'arguments',
  cert: 'certificate',
  certs: 'certificates',
  ca: 'CA',
  auth: 'authentication',
  exec: 'exec',
  func: 'function',
  gfx: 'graphics pipeline',
  guac: '',
  guacd: 'guacd',
  hostname: 'host name',
  username: 'user name',
  servername: 'server name',
  regex: 'pattern',
  pdu: 'PDU',
  dest: 'destination',
  timezone: 'time zone',
  totp: 'TOTP',
  remoteapp: 'RemoteApp',
  tofu: 'on first use',
};

const abbreviation = /^[A-Z]/;

/** `sftp-root-directory` is "SFTP root directory". */
export function humanize(name: string): string {
  const parts = name
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => words[word.toLowerCase()] ?? word)
    .filter((word) => word !== '');
  const [first = '', ...rest] = parts;
  const head = abbreviation.test(first) ? first : first.charAt(0).toUpperCase() + first.slice(1);
  return [head, ...rest].join(' ');
}
