// SPDX-License-Identifier: Apache-2.0

import type { Instruction, StatusCode } from '@palta/guac';
import type { CursorImage } from './renderer';

/** What the page tells the display worker. `epoch` numbers the connections of one display. */
export type ToWorker =
  | { readonly type: 'start'; readonly canvas: OffscreenCanvas }
  | { readonly type: 'data'; readonly text: string }
  | { readonly type: 'reset'; readonly epoch: number }
  | {
      readonly type: 'encode';
      readonly id: number;
      readonly mimetype: string;
      readonly width: number;
      readonly height: number;
    }
  | {
      readonly type: 'read';
      readonly id: number;
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    };

/** What the display worker tells the page. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'instructions'; readonly epoch: number; readonly instructions: Instruction[] }
  | { readonly type: 'painted'; readonly epoch: number; readonly timestamp: string; readonly frames: number }
  | {
      readonly type: 'refused';
      readonly epoch: number;
      readonly stream: number;
      readonly message: string;
      readonly code: StatusCode;
    }
  | { readonly type: 'resized'; readonly epoch: number; readonly width: number; readonly height: number }
  | { readonly type: 'cursor'; readonly epoch: number; readonly cursor: CursorImage }
  | { readonly type: 'failed'; readonly epoch: number; readonly code: number; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: Blob | ImageData }
  | { readonly type: 'refusal'; readonly id: number; readonly reason: string };
