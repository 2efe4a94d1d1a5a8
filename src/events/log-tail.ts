import { setImmediate as nextTick } from 'node:timers/promises';
import type { Events } from './events.ts';
import { createLogWindow, type LogEntry, type LogWindow } from './log-window.ts';
import type { Subscription } from './subscription.ts';

/** Entries of one query; between two of them others get their turn. */
const pageSize = 500;

export interface LogTailOptions<Entry extends LogEntry> {
  readonly events: Events;
  readonly topic: string;
  head(): Promise<number>;
  read(after: number, limit: number): Promise<Entry[]>;
  keysOf(entry: Entry): readonly string[];
  readonly windowSize?: number;
  readonly prunedTopic?: string;
  prunedUpTo?(): Promise<number>;
  subscriptionsOf(key: string): Iterable<Subscription<Entry>>;
  subscriptions(): Iterable<Subscription<Entry>>;
}

export interface LogTail<Entry extends LogEntry> {
  /** Known once the head is. */
  readonly window: Promise<LogWindow<Entry>>;
  stop(): void;
}

/** Reads a log from its head on, at each wake, into a window, and offers what is new to those who want it. */
export function createLogTail<Entry extends LogEntry>(options: LogTailOptions<Entry>): LogTail<Entry> {
  const { events, topic, head, read, keysOf, windowSize = 4096, prunedTopic, prunedUpTo, subscriptionsOf, subscriptions } = options;
  let window: LogWindow<Entry> | undefined;
  let reading = false;
  let wokenMeanwhile = false;
  let stopped = false;

  // Watched before the head is asked for: a commit between the two would otherwise wait for the floor.
  const unwatch = events.watch([topic], wake);
  const unwatchPruned = prunedTopic === undefined ? undefined : events.watch([prunedTopic], () => void forgetPruned());
  const opening = head().then((start) => {
    window = createLogWindow<Entry>(start, windowSize);
    if (wokenMeanwhile) wake();
    return window;
  });

  function wake(): void {
    wokenMeanwhile = true;
    if (!reading && window) void readWhileWoken(window);
  }

  async function readWhileWoken(into: LogWindow<Entry>): Promise<void> {
    reading = true;
    while (wokenMeanwhile && !stopped) {
      wokenMeanwhile = false;
      try {
        await readToEnd(into);
      } catch (error) {
        for (const subscription of subscriptions()) subscription.failIfWaiting(error);
      }
    }
    reading = false;
  }

  /** What is deleted is not to be shown from memory: whoever has not had it yet is sent to the table, which tells of the gap. */
  async function forgetPruned(): Promise<void> {
    try {
      const upTo = (await prunedUpTo?.()) ?? 0;
      const into = await opening;
      if (stopped || !into.forget(upTo)) return;
      for (const subscription of subscriptions()) subscription.forget(upTo);
    } catch {
      // The floor wakes us again.
    }
  }

  async function readToEnd(into: LogWindow<Entry>): Promise<void> {
    for (;;) {
      const page = await read(into.tail, pageSize);
      if (stopped) return;
      for (const entry of page) append(into, entry);
      if (page.length < pageSize) return;
      await nextTick();
    }
  }

  function append(into: LogWindow<Entry>, entry: Entry): void {
    const before = into.tail;
    const keys = keysOf(entry);
    into.append(entry, keys);
    for (const key of keys) for (const subscription of subscriptionsOf(key)) subscription.offer(before);
  }

  return {
    window: opening,
    stop() {
      stopped = true;
      unwatch();
      unwatchPruned?.();
    },
  };
}
