// SPDX-License-Identifier: Apache-2.0

/** When the page may look into the clipboard of this device without asking at every turn. */

let permission: PermissionStatus | undefined;

/** Asks the browser for its rule. Only some have one; the others let nothing be read without a paste. */
export async function watchClipboardPermission(): Promise<void> {
  try {
    permission ??= await navigator.permissions.query({ name: 'clipboard-read' as PermissionName });
  } catch {
    permission = undefined;
  }
}

export function canReadClipboard(): boolean {
  return permission !== undefined && permission.state !== 'denied' && window.isSecureContext;
}
