import type { GatewayServices } from '../context.ts';
import type { Db } from '../db/rows.ts';
import type { Pool } from '../threads/pool.ts';
import { webhookTopic } from './enqueue.ts';

/**
 * Has a thread deliver whenever something is pending, for all organizations. The gateway's own thread only asks whether there is work: each delivery
 * is a commit, and signatures and TLS besides.
 * @param pool of one thread, which is started when there is something to deliver for the first time. It is closed by its owner
 * @returns what stops it
 */
export function startDeliveries(services: GatewayServices, pool: Pool): () => Promise<void> {
  let running: Promise<void> | undefined;
  let looking: Promise<void> | undefined;
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
      if ((await hasWork(services.db)) && !stopped) running ??= run();
    } catch (err) {
      services.log.error({ err }, 'what webhooks are owed could not be read; the next tick tries again');
    } finally {
      looking = undefined;
    }
  };
  const look = () => {
    // Whoever delivers hears of what happens by itself.
    if (!stopped && !running) looking ??= lookOnce();
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

async function hasWork(db: Db): Promise<boolean> {
  const lane = await db.selectFrom('webhook_lane').select('webhook_id').where('due_at', 'is not', null).limit(1).executeTakeFirst();
  if (lane) return true;
  return (await db.selectFrom('webhook').select('id').where('deleted_at', 'is not', null).limit(1).executeTakeFirst()) !== undefined;
}
