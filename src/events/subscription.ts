import type { LogEntry, LogWindow } from './log-window.ts';

/** Entries that a subscription behind the window reads at once and holds. */
const backfillSize = 200;

export interface SubscriptionOptions<Entry extends LogEntry> {
  readonly key: string;
  readonly window: LogWindow<Entry>;
  /** Begins after this one. */
  readonly cursor: number;
  accepts(entry: Entry): boolean;
  backfill(after: number, limit: number): Promise<Entry[]>;
  checkKept(after: number): Promise<void>;
  /** Called once, when nothing can be delivered any more. */
  onEnd(): void;
  readonly signal?: AbortSignal | undefined;
}

export interface Subscription<Entry extends LogEntry> {
  readonly iterator: AsyncIterableIterator<Entry>;
  /** The window has a new entry under the key; the log ended at `before` until now. */
  offer(before: number): void;
  /** Rejects a pending `next()`. Without one the subscription is none the worse: it goes on from its cursor. */
  failIfWaiting(error: unknown): void;
  /** Lets go of entries up to this cursor that were read and not delivered: they are read again. */
  forget(upTo: number): void;
  end(): void;
}

/**
 * One reader's place in a log. Written by hand: the `return()` of an async generator waits for a pending `next()`, that is for the next entry,
 * and leaves the listener behind until then.
 */
export function createSubscription<Entry extends LogEntry>(options: SubscriptionOptions<Entry>): Subscription<Entry> {
  const { key, window, accepts, backfill, checkKept, onEnd, signal } = options;
  const waiting: PromiseWithResolvers<IteratorResult<Entry, undefined>>[] = [];
  let page: Entry[] = [];
  /** Where reading goes on when `page` is let go of. */
  let delivered = options.cursor;
  /** Everything of the key up to here is delivered or in `page`. */
  let cursor = options.cursor;
  /** Whether there may be something of the key after the cursor. */
  let behind = cursor < window.tail;
  let filling = false;
  let ended = false;

  function deliver(): void {
    try {
      while (waiting.length > 0 && !filling) {
        const entry = page.shift() ?? fromWindow();
        if (!entry) return;
        delivered = entry.cursor;
        waiting.shift()?.resolve({ done: false, value: entry });
      }
    } catch (error) {
      failIfWaiting(error);
    }
  }

  function fromWindow(): Entry | undefined {
    while (behind) {
      if (cursor < window.floor) {
        void fill();
        return undefined;
      }
      const entry = window.next(key, cursor);
      behind = entry !== undefined;
      cursor = entry ? entry.cursor : Math.max(cursor, window.tail);
      if (entry && accepts(entry)) return entry;
    }
    return undefined;
  }

  async function fill(): Promise<void> {
    filling = true;
    // What the window had seen before the query cannot be missing from its answer; what came later may be.
    const seen = window.tail;
    try {
      const entries = await backfill(cursor, backfillSize);
      await checkKept(cursor);
      if (ended) return;
      const last = entries.at(-1)?.cursor ?? cursor;
      // Beyond what the window has seen there may be gaps still, of transactions that have not ended; from there on the window tells.
      const upTo = Math.max(cursor, seen);
      cursor = entries.length < backfillSize ? upTo : Math.min(last, upTo);
      page = entries.filter((entry) => entry.cursor <= upTo && accepts(entry));
    } catch (error) {
      failIfWaiting(error);
    }
    filling = false;
    deliver();
  }

  function failIfWaiting(error: unknown): void {
    const pending = waiting.shift();
    if (!pending) return;
    pending.reject(error);
    // A `for await` does not call `return()` after a rejection.
    end();
  }

  function forget(upTo: number): void {
    if (page.length === 0 || delivered >= upTo) return;
    cursor = delivered;
    page = [];
    behind = true;
  }

  function end(): void {
    if (ended) return;
    ended = true;
    signal?.removeEventListener('abort', end);
    page = [];
    for (const { resolve } of waiting.splice(0)) resolve({ done: true, value: undefined });
    onEnd();
  }

  signal?.addEventListener('abort', end);

  return {
    offer(before) {
      // Nothing of the key was in between, so that one who waited for long need not look for it.
      if (!behind) cursor = Math.max(cursor, before);
      behind = true;
      deliver();
    },
    failIfWaiting,
    forget,
    end,
    iterator: {
      next() {
        if (ended) return Promise.resolve({ done: true, value: undefined });
        const pending = Promise.withResolvers<IteratorResult<Entry, undefined>>();
        waiting.push(pending);
        deliver();
        return pending.promise;
      },
      return() {
        end();
        return Promise.resolve({ done: true, value: undefined });
      },
      throw(error) {
        end();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
}
