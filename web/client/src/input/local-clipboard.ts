// SPDX-License-Identifier: Apache-2.0

/** The kinds of pictures that browsers let pages put into the clipboard. */
const imageTypes = ['image/png', 'image/jpeg', 'image/webp'] as const;

/**
 * The clipboard of the user's own computer. Browsers allow its use only sometimes (secure pages, a recent gesture, a
 * permission), so everything here may fail, which is told by the result.
 */
export class LocalClipboard {
  /** Reads text or a picture. Returns undefined if there is neither or the browser forbids it. */
  async read(): Promise<string | Blob | undefined> {
    try {
      return (await this.readPicture()) ?? (await navigator.clipboard.readText());
    } catch {
      return undefined;
    }
  }

  /** Writes text or a picture. Returns whether that worked. */
  async write(data: string | Blob): Promise<boolean> {
    try {
      if (typeof data === 'string') {
        await navigator.clipboard.writeText(data);
      } else {
        await navigator.clipboard.write([new ClipboardItem({ [data.type]: data })]);
      }
      return true;
    } catch {
      return typeof data === 'string' && copyBySelection(data);
    }
  }

  private async readPicture(): Promise<Blob | undefined> {
    if (typeof navigator.clipboard.read !== 'function') {
      return undefined;
    }
    for (const item of await navigator.clipboard.read()) {
      const type = imageTypes.find((candidate) => item.types.includes(candidate));
      if (type !== undefined && !item.types.includes('text/plain')) {
        return item.getType(type);
      }
    }
    return undefined;
  }
}

/** The way before there was `navigator.clipboard`: a field is selected and copied. It works in insecure pages too. */
function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  Object.assign(field.style, { position: 'fixed', left: '-10px', top: '-10px', width: '1px', height: '1px' });
  field.value = text;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) {
      focused.focus({ preventScroll: true });
    }
  }
}
