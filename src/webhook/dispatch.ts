import type { GatewayServices } from '../context.ts';
import type { Db } from '../db/rows.ts';
import type { Pool } from '../threads/pool.ts';
import { webhookTopic } from './enqueue.ts';

/**
 * Has a thread deliver whenever something is pending, for all organizations. The gateway's own thread only asks whether there is work: each delivery
 * is a commit, and signatures and TLS besides.
 * @param pool of one thread, which is started when there is a webhook. It is closed by its owner
 * @returns what stops it
 */
export function startDeliveries(services: GatewayServices, pool: Pool): () => Promise<void> {
  let running: Promise<void> | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let isWarm = false;
  let stopped = false;

  const run = async () => {
    try {
      await pool.run('deliverWebhooks', undefined);
      // Something may have happened while it was leaving.
      running = undefined;
      look();
    } catch (err) {
      running = undefined;
      if (!stopped) services.log.error({ err }, 'webhooks could not be delivered; the next tick tries again');
    }
  };
  const lookOnce = async () => {
    try {
      do {
        lookAgain = false;
        // The first event does not wait for the thread to start: it is there when there is a webhook.
        const isNeeded = isWarm ? await hasWork(services.db) : await hasWebhooks(services.db);
        if (!isNeeded || stopped) continue;
        isWarm = true;
        running ??= run();
      } while (lookAgain && !running && !stopped);
    } catch (err) {
      services.log.error({ err }, 'what webhooks are owed could not be read; the next tick tries again');
    } finally {
      looking = undefined;
    }
  };
  const look = () => {
    // Whoever delivers hears of what happens by itself.
    if (stopped || running) return;
    // What was committed after the look under way had read would otherwise wait for the next tick.
    lookAgain = true;
    looking ??= lookOnce();
  };

  const unwatch = services.events.watch([webhookTopic], look);
  const timer = setInterval(look, services.config.tickMs);
  look();
  return async () => {
    stopped = true;
    unwatch();
    clearInterval(timer);
    await looking;
  };
}

async function hasWebhooks(db: Db): Promise<boolean> {
  return (await db.selectFrom('webhook').select('id').limit(1).executeTakeFirst()) !== undefined;
}

async function hasWork(db: Db): Promise<boolean> {
  const lane = await db.selectFrom('webhook_lane').select('webhook_id').where('due_at', 'is not', null).limit(1).executeTakeFirst();
  if (lane) return true;
  return (await db.selectFrom('webhook').select('id').where('deleted_at', 'is not', null).limit(1).executeTakeFirst()) !== undefined;
}
