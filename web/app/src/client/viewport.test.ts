// SPDX-License-Identifier: Apache-2.0

import type { Display } from '@palta/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Viewport } from './viewport.svelte';

describe('viewport', () => {
  let resized: () => void;
  const element = { clientWidth: 1000, clientHeight: 500 };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('window', { devicePixelRatio: 2 });
    vi.stubGlobal(
      'ResizeObserver',
      class {
        constructor(callback: () => void) {
          resized = callback;
        }
        observe() {
          resized();
        }
        disconnect() {}
      },
    );
    Object.assign(element, { clientWidth: 1000, clientHeight: 500 });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  function open(width: number, height: number) {
    const display = { width, height, scale: 1, on: () => ({ dispose() {} }) };
    const sendSize = vi.fn();
    const viewport = new Viewport(display as unknown as Display, sendSize);
    const sized = vi.fn();
    viewport.watch(element as HTMLElement, sized);
    return { display, sendSize, viewport, sized };
  }

  it('connects once there is a size', () => {
    // Features: CLI-02
    element.clientHeight = 0;
    const { sized } = open(0, 0);
    expect(sized).not.toHaveBeenCalled();
    element.clientHeight = 500;
    resized();
    expect(sized).toHaveBeenCalledOnce();
  });

  it('fits the picture into its room', () => {
    // Features: CLI-30
    // Part of: CLI-17, CLI-29
    const { display, viewport } = open(4000, 1000);
    expect(display.scale).toBe(0.25);
    expect(viewport.zoom).toBe(0.5);
  });

  it('zooms between fitting and three times', () => {
    // Part of: CLI-17, CLI-29
    const { display, viewport } = open(4000, 1000);
    viewport.zoomTo(1);
    expect([viewport.autoFit, display.scale]).toEqual([false, 0.5]);
    viewport.zoomTo(9);
    expect(viewport.zoom).toBe(3);
    viewport.zoomTo(0.1);
    expect(viewport.zoom).toBe(0.5);
    viewport.setAutoFit(false);
    expect(viewport.zoom).toBe(1);
  });

  it('asks for another size when the window has come to rest, and not for the one it has', () => {
    // Features: CLI-31
    const { sendSize, viewport } = open(100, 100);
    viewport.takeSize();
    vi.runAllTimers();
    expect(sendSize).not.toHaveBeenCalled();
    for (const width of [1100, 1200, 1300]) {
      element.clientWidth = width;
      resized();
      vi.advanceTimersByTime(100);
    }
    vi.runAllTimers();
    expect(sendSize.mock.calls).toEqual([[2600, 1000]]);
  });
});
