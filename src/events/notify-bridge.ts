import { randomUUID } from 'node:crypto';
import { BroadcastChannel } from 'node:worker_threads';
import type { Client, Notification } from 'pg';
import { channelOf } from './in-process.ts';

export interface NotifyBridgeOptions {
  /** Of the in-process events that it carries further. */
  readonly id: string;
  /** A connection of its own, not yet connected: LISTEN needs one that stays. Called again whenever the last one was lost. */
  connect(): Client;
  onError(error: unknown): void;
}

const pgChannel = 'headgate_events';
/** PostgreSQL takes less than 8,000 bytes; topics are short. */
const topicsPerNotification = 100;
const retryMs = 1_000;

/**
 * Carries the events of one process to the other processes on the same PostgreSQL and theirs to it, by NOTIFY and LISTEN. Only hints: what is lost
 * while a connection is, the poll of the in-process events finds. A notification is sent after the commit that it tells of, in a statement of its
 * own, because commits that notify wait for each other.
 */
export function bridgeEvents({ id, connect, onError }: NotifyBridgeOptions): { close(): Promise<void> } {
  const sender = randomUUID();
  const channel = new BroadcastChannel(channelOf(id));
  const unsent = new Set<string>();
  let client: Client | undefined;
  let isListening = false;
  let sending = false;
  let closed = false;
  let retryTimer: NodeJS.Timeout | undefined;

  channel.onmessage = (message) => {
    for (const topic of message.data as string[]) unsent.add(topic);
    void send();
  };
  channel.unref();

  async function send(): Promise<void> {
    if (sending || !client || !isListening) return;
    sending = true;
    try {
      while (unsent.size > 0) {
        const topics = [...unsent].slice(0, topicsPerNotification);
        for (const topic of topics) unsent.delete(topic);
        await client.query('select pg_notify($1, $2)', [pgChannel, JSON.stringify([sender, ...topics])]);
      }
    } catch (error) {
      onError(error);
    } finally {
      sending = false;
    }
  }

  function hear({ payload }: Notification): void {
    const [from, ...topics] = JSON.parse(payload ?? '[]') as string[];
    if (from !== sender && topics.length > 0) channel.postMessage(topics);
  }

  async function listen(): Promise<void> {
    const mine = connect();
    client = mine;
    mine.on('notification', hear);
    mine.on('error', (error) => lost(mine, error));
    mine.on('end', () => lost(mine));
    try {
      await mine.connect();
      await mine.query(`listen ${pgChannel}`);
      isListening = true;
      void send();
    } catch (error) {
      lost(mine, error);
    }
  }

  function lost(which: Client, error?: unknown): void {
    if (client !== which || closed) return;
    client = undefined;
    isListening = false;
    // What was not sent is found by polling.
    unsent.clear();
    if (error !== undefined) onError(error);
    which.end().catch(() => {});
    retryTimer = setTimeout(() => void listen(), retryMs).unref();
  }

  void listen();
  return {
    async close() {
      await send();
      closed = true;
      clearTimeout(retryTimer);
      channel.close();
      await client?.end().catch(() => {});
    },
  };
}
