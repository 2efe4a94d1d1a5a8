import { BroadcastChannel } from 'node:worker_threads';
import type { Events } from './events.ts';

export interface InProcessEventsOptions {
  /** Shared by one gateway and its threads; two gateways in one process have different ones and do not hear each other. */
  readonly id: string;
  /** How often the floor looks for a change, ms. @default 1000 */
  readonly pollMs?: number;
  /**
   * Whether somebody committed since the last call: `PRAGMA data_version` moved. It does not see what its own connection commits, and need not:
   * a publish of this thread is never lost. Absent: every poll wakes everybody.
   */
  readonly changed?: () => boolean | Promise<boolean>;
  /** Gets what a watcher or `changed` throws. @default a process warning */
  readonly onError?: (error: unknown) => void;
}

interface Watcher {
  readonly wake: () => void;
  watching: boolean;
}

/** The name under which the threads of a process hear each other. */
export const channelOf = (id: string) => `headgate-events:${id}`;

/** Events among the threads of one process: a BroadcastChannel as the hint, a poll as the floor. Keeps neither process nor thread alive. */
export function createInProcessEvents(options: InProcessEventsOptions): Events {
  const {
    id,
    pollMs = 1000,
    changed = () => true,
    onError = (error) => process.emitWarning(error instanceof Error ? error : String(error)),
  } = options;
  const watchers = new Map<string, Set<Watcher>>();
  const heard = new Set<string>();
  const published = new Set<string>();
  const unsent = new Set<string>();
  let flushing: NodeJS.Immediate | undefined;
  let polling = false;
  let closed = false;

  const channel = new BroadcastChannel(channelOf(id));
  channel.onmessage = (message) => {
    for (const topic of message.data as string[]) heard.add(topic);
    flushSoon();
  };
  channel.unref();

  // Own watchers are woken at the end of the tick, not at the first publish: a second commit of the same tick must not find its hint already spent.
  function flushSoon(): void {
    flushing ??= setImmediate(flush);
  }

  // The other threads hear of it right after the commit: this one may be busy for long before its tick ends.
  function sendSoon(): void {
    if (unsent.size === 0) queueMicrotask(send);
  }

  function send(): void {
    if (unsent.size > 0) channel.postMessage([...unsent]);
    unsent.clear();
  }

  function flush(): void {
    flushing = undefined;
    send();
    const topics = new Set([...heard, ...published]);
    heard.clear();
    published.clear();
    const found = new Set<Watcher>();
    for (const topic of topics) for (const watcher of watchers.get(topic) ?? []) found.add(watcher);
    wakeAll(found);
  }

  function wakeAll(found: Set<Watcher>): void {
    for (const watcher of found) {
      if (!watcher.watching) continue;
      try {
        watcher.wake();
      } catch (error) {
        onError(error);
      }
    }
  }

  async function poll(): Promise<void> {
    if (polling || watchers.size === 0) return;
    polling = true;
    try {
      if (await changed()) wakeAll(new Set([...watchers.values()].flatMap((group) => [...group])));
    } catch (error) {
      onError(error);
    } finally {
      polling = false;
    }
  }

  const timer = setInterval(poll, pollMs).unref();

  return {
    publish(topic) {
      if (closed) return;
      sendSoon();
      unsent.add(topic);
      published.add(topic);
      flushSoon();
    },

    watch(topics, wake) {
      const watcher: Watcher = { wake, watching: !closed };
      if (closed) return () => {};
      for (const topic of topics) {
        const group = watchers.get(topic);
        if (group) group.add(watcher);
        else watchers.set(topic, new Set([watcher]));
      }
      return () => {
        watcher.watching = false;
        for (const topic of topics) {
          const group = watchers.get(topic);
          if (group?.delete(watcher) && group.size === 0) watchers.delete(topic);
        }
      };
    },

    async close() {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      clearImmediate(flushing);
      flush();
      for (const group of watchers.values()) for (const watcher of group) watcher.watching = false;
      watchers.clear();
      channel.close();
    },
  };
}
