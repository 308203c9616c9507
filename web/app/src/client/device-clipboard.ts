// SPDX-License-Identifier: Apache-2.0

/** The clipboard of this device, as far as the browser lets the page see it without asking at every turn. */

import { LocalClipboard } from '@palta/client';

const local = new LocalClipboard();
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

/** What is in the clipboard; undefined if there is nothing, or nothing that the page may see now. */
export async function readDeviceClipboard(): Promise<string | Blob | undefined> {
  return canReadClipboard() && document.hasFocus() ? local.read() : undefined;
}

export async function writeDeviceClipboard(data: string | Blob): Promise<void> {
  await local.write(data);
}
