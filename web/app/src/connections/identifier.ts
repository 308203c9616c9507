// SPDX-License-Identifier: Apache-2.0

/**
 * The client identifier of `#/client/ID`: unpadded base64url of the object's identifier, its
 * type and its data source, separated by NUL.
 */

export const clientTypes = { connection: 'c', connectionGroup: 'g', activeConnection: 'a' } as const;
export type ClientType = (typeof clientTypes)[keyof typeof clientTypes];

export type ClientTarget = {
  id: string;
  type: ClientType;
  dataSource: string;
};

export function encodeClientIdentifier(target: ClientTarget): string {
  const bytes = new TextEncoder().encode(`${target.id}\0${target.type}\0${target.dataSource}`);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/**
 * Reads an identifier, in standard base64 too. What does not decode is taken as the identifier
 * of a connection of the user's own data source.
 */
export function decodeClientIdentifier(identifier: string, ownDataSource: string): ClientTarget {
  const parts = decodeParts(identifier);
  const type = Object.values(clientTypes).find((type) => type === parts?.[1]);
  if (parts?.length !== 3 || !type) {
    return { id: identifier, type: clientTypes.connection, dataSource: ownDataSource };
  }
  return { id: parts[0] ?? '', type, dataSource: parts[2] ?? '' };
}

function decodeParts(identifier: string): string[] | undefined {
  try {
    const binary = atob(identifier.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\0');
  } catch {
    return undefined;
  }
}
