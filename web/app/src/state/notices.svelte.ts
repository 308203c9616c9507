// SPDX-License-Identifier: Apache-2.0

/** What the application says and asks, whatever screen is shown: toasts and confirmations. */

/** How long a toast stays in a corner of the window. */
const toastLifetime = 6_000;

export type Confirmation = {
  title: string;
  text: string;
  action: string;
  danger?: boolean;
};

export type Toast = { id: number; text: string; kind: 'info' | 'error' };

export class Notices {
  confirmation = $state.raw<(Confirmation & { answer: (yes: boolean) => void }) | null>(null);
  toasts = $state.raw<Toast[]>([]);

  private count = 0;

  confirm(confirmation: Confirmation): Promise<boolean> {
    return new Promise((resolve) => {
      this.confirmation = {
        ...confirmation,
        answer: (yes) => {
          this.confirmation = null;
          resolve(yes);
        },
      };
    });
  }

  toast(text: string, kind: Toast['kind'] = 'info'): void {
    const id = ++this.count;
    this.toasts = [...this.toasts.slice(-2), { id, text, kind }];
    setTimeout(() => this.dismiss(id), toastLifetime);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}
