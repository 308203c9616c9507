// SPDX-License-Identifier: Apache-2.0

/** Something that holds listeners, timers or workers until it is disposed of. */
export interface Disposable {
  dispose(): void;
}

/** The listener of an event. One that returns false declines it, which only some events heed. */
export type Listener<Args extends unknown[]> = (...args: Args) => unknown;

/** What came of an event: nobody listens, somebody took it, or a listener declined it. */
export type Outcome = 'unheard' | 'heard' | 'declined';

/** Makes a Disposable of a function, which runs at most once. */
export function toDisposable(run: () => void): Disposable {
  let done = false;
  return {
    dispose() {
      if (!done) {
        done = true;
        run();
      }
    },
  };
}

/** Adds a DOM event listener that is removed by disposing of the result. */
export function listen<E extends Event>(
  target: EventTarget,
  type: string,
  listener: (event: E) => void,
  options?: AddEventListenerOptions,
): Disposable {
  const handler = listener as EventListener;
  target.addEventListener(type, handler, options);
  return toDisposable(() => target.removeEventListener(type, handler, options));
}

/** Runs a function after a time, unless disposed of before. */
export function after(milliseconds: number, run: () => void): Disposable {
  const timer = setTimeout(run, milliseconds);
  return toDisposable(() => clearTimeout(timer));
}

/** Owns Disposables and ends them together, the newest first. */
export class DisposableStore implements Disposable {
  private owned: Disposable[] = [];
  private disposed = false;

  add<T extends Disposable>(disposable: T): T {
    if (this.disposed) {
      disposable.dispose();
    } else {
      this.owned.push(disposable);
    }
    return disposable;
  }

  /** Ends everything owned; the store can be used again. */
  clear(): void {
    const owned = this.owned.reverse();
    this.owned = [];
    for (const disposable of owned) {
      disposable.dispose();
    }
  }

  dispose(): void {
    this.disposed = true;
    this.clear();
  }
}

/** The base of everything that has typed events and owns what it registers. */
export abstract class Emitter<Events extends { [E in keyof Events]: unknown[] }> implements Disposable {
  private readonly listeners = new Map<keyof Events, Set<Listener<unknown[]>>>();
  private readonly owned = new DisposableStore();

  /** Calls the listener at every event of that name until the result is disposed of. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): Disposable {
    let set = this.listeners.get(event);
    if (set === undefined) {
      set = new Set();
      this.listeners.set(event, set);
    }
    // A wrapper of its own keeps two registrations of one function apart.
    const entry: Listener<unknown[]> = (...args) => listener(...(args as Events[E]));
    set.add(entry);
    return toDisposable(() => set.delete(entry));
  }

  /** Removes all listeners and ends what this object owns. */
  dispose(): void {
    this.owned.dispose();
    this.listeners.clear();
  }

  /** Ties the life of something to this object. */
  protected register<T extends Disposable>(disposable: T): T {
    return this.owned.add(disposable);
  }

  /** Tells all listeners. One that throws is reported as uncaught and does not keep the others from hearing. */
  protected emit<E extends keyof Events>(event: E, ...args: Events[E]): Outcome {
    let outcome: Outcome = 'unheard';
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      if (call(listener, args) === false) {
        outcome = 'declined';
      } else if (outcome === 'unheard') {
        outcome = 'heard';
      }
    }
    return outcome;
  }
}

function call(listener: Listener<unknown[]>, args: unknown[]): unknown {
  try {
    return listener(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}
