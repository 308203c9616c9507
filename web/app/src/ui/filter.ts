// SPDX-License-Identifier: Apache-2.0

/**
 * The text filter of lists: every word has to match, case does not count, quotation marks
 * keep words together, and an address or network matches the addresses inside the text.
 */

export type Predicate = (text: string) => boolean;

/** Makes a predicate of what the user typed. Nothing typed matches everything. */
export function parseFilter(input: string): Predicate {
  const terms = tokens(input).map(term);
  return (text) => {
    const folded = fold(text);
    return terms.every((matches) => matches(folded));
  };
}

function tokens(input: string): string[] {
  const found: string[] = [];
  for (const match of input.matchAll(/"([^"]*)"?|(\S+)/g)) {
    const token = match[1] ?? match[2] ?? '';
    if (token !== '') found.push(token);
  }
  return found;
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}

function term(token: string): Predicate {
  const network = parseNetwork(token);
  const folded = fold(token);
  return (text) => text.includes(folded) || (network !== undefined && containsAddress(text, network));
}

type Network = { bits: bigint; prefix: number; size: number };

function containsAddress(text: string, network: Network): boolean {
  for (const candidate of text.split(/[^0-9a-f:.]+/)) {
    const address = parseAddress(candidate);
    if (address && address.size === network.size && inNetwork(address, network)) return true;
  }
  return false;
}

function inNetwork(address: Network, network: Network): boolean {
  const shift = BigInt(network.size - network.prefix);
  return address.bits >> shift === network.bits >> shift;
}

function parseNetwork(token: string): Network | undefined {
  const [text = '', prefix, ...rest] = token.toLowerCase().split('/');
  const address = parseAddress(text);
  if (!address || rest.length > 0) return undefined;
  if (prefix === undefined) return address;
  const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  return length <= address.size ? { ...address, prefix: length } : undefined;
}

function parseAddress(text: string): Network | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

function parseIPv4(text: string): Network | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let bits = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bits = (bits << 8n) | BigInt(part);
  }
  return { bits, prefix: 32, size: 32 };
}

function parseIPv6(text: string): Network | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let bits = 0n;
  for (const group of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/.test(group)) return undefined;
    bits = (bits << 16n) | BigInt(`0x${group}`);
  }
  return { bits, prefix: 128, size: 128 };
}
