import type { Events } from './events.ts';
import { createLogTail, type LogTail } from './log-tail.ts';
import type { LogEntry } from './log-window.ts';
import { createSubscription, type Subscription } from './subscription.ts';

export interface LogFeedOptions<Entry extends LogEntry> {
  readonly events: Events;
  /** Published after every commit that adds entries. */
  readonly topic: string;
  /** The cursor of the newest entry, 0 for an empty log. Nothing may ever be committed at or below it. */
  head(): Promise<number>;
  /** The first `limit` entries after the cursor, ascending, for everybody: each subscription filters what it may see. */
  read(after: number, limit: number): Promise<Entry[]>;
  /** Under which keys subscriptions are woken for the entry. */
  keysOf(entry: Entry): readonly string[];
  /** Entries kept for all subscriptions together. @default 4096 */
  readonly windowSize?: number;
  /** Published after every commit that deletes entries. Absent: none ever are. */
  readonly prunedTopic?: string;
  /** The greatest cursor that was ever deleted, 0 for none. */
  prunedUpTo?(): Promise<number>;
}

export interface SubscribeOptions<Entry extends LogEntry> {
  readonly key: string;
  /** Begins after this cursor. Absent: with what is committed from now on. */
  readonly after?: number | undefined;
  /** Leaves out entries of the key that the subscriber did not ask for or may not see. Called for each entry, so cheap. */
  accepts?(entry: Entry): boolean;
  /** Like `read`, for a subscription that is behind the window: at least every entry of its key that it accepts. */
  backfill(after: number, limit: number): Promise<Entry[]>;
  /**
   * Throws what the subscriber gets when an entry after the cursor that it should have seen was deleted. Called after each read: what was not there
   * any more is known by then.
   */
  checkKept?(after: number): Promise<void>;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}

export interface LogFeed<Entry extends LogEntry> {
  /**
   * Every entry of the key, in the order of cursors, each once. What is committed after this resolves is never missed. When reading fails, `next()`
   * rejects and the subscription is over; another one may begin after the last cursor.
   * @throws CursorError when `after` is newer than the log
   */
  subscribe(options: SubscribeOptions<Entry>): Promise<AsyncIterableIterator<Entry>>;
  /** Those being opened included. */
  subscriberCount(): number;
  /** Ends every subscription, and those to come. */
  close(): void;
}

/** The caller's cursor is not one that this log has given out. */
export class CursorError extends Error {
  constructor() {
    super('the cursor is newer than the log');
    this.name = 'CursorError';
  }
}

/**
 * Lets any number of subscriptions follow one log table, which is read once per wake, and only while somebody follows.
 * A subscription is a cursor and a flag; entries are shared, so a subscriber that never reads on costs no memory.
 */
export function createLogFeed<Entry extends LogEntry>(options: LogFeedOptions<Entry>): LogFeed<Entry> {
  const byKey = new Map<string, Set<Subscription<Entry>>>();
  let subscribers = 0;
  let tail: LogTail<Entry> | undefined;
  let sharedHead: Promise<number> | undefined;
  let closed = false;

  // Everybody who subscribes in one tick shares one query, which runs after they asked.
  function head(): Promise<number> {
    sharedHead ??= Promise.resolve().then(() => {
      sharedHead = undefined;
      return options.head();
    });
    return sharedHead;
  }

  function enter(): LogTail<Entry> {
    subscribers += 1;
    tail ??= createLogTail({ ...options, head, subscriptionsOf: (key) => byKey.get(key) ?? [], subscriptions });
    return tail;
  }

  function leave(): void {
    subscribers -= 1;
    if (subscribers > 0) return;
    tail?.stop();
    tail = undefined;
  }

  function add(key: string, subscription: Subscription<Entry>): void {
    const group = byKey.get(key);
    if (group) group.add(subscription);
    else byKey.set(key, new Set([subscription]));
  }

  function remove(key: string, subscription: Subscription<Entry>): void {
    const group = byKey.get(key);
    if (group?.delete(subscription) && group.size === 0) byKey.delete(key);
    leave();
  }

  function subscriptions(): Subscription<Entry>[] {
    return [...byKey.values()].flatMap((group) => [...group]);
  }

  return {
    async subscribe({ key, after, accepts, backfill, checkKept = async () => {}, signal }) {
      const { window: opening } = enter();
      let entered = false;
      try {
        const [window, newest] = await Promise.all([opening, head()]);
        if (after !== undefined && !(after <= Math.max(newest, window.tail))) throw new CursorError();
        if (after !== undefined) await checkKept(after);
        const subscription = createSubscription<Entry>({
          key,
          window,
          cursor: after ?? newest,
          accepts: accepts ?? (() => true),
          backfill,
          checkKept,
          onEnd: () => remove(key, subscription),
          signal,
        });
        add(key, subscription);
        entered = true;
        if (closed || signal?.aborted) subscription.end();
        return subscription.iterator;
      } finally {
        if (!entered) leave();
      }
    },
    subscriberCount: () => subscribers,
    close() {
      closed = true;
      for (const subscription of subscriptions()) subscription.end();
    },
  };
}
