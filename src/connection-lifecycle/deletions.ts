import type { GatewayServices } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { transitionTopic } from '../sync-job/transition.ts';
import { advanceDelete } from './delete.ts';

/** A delete whose last step failed is not tried again sooner than this. */
const retryMs = 30_000;

/** Carries deletes on in the background: after the job that they waited for, and after a crash. @returns what stops it */
export function startDeletions(services: GatewayServices): () => Promise<void> {
  const triedAt = new Map<string, number>();
  let running: Promise<void> | undefined;
  let lookAgain = false;
  let stopped = false;

  const look = async () => {
    const { db } = services;
    const waiting = await db
      .selectFrom('source_connection')
      .select(['id', 'latest_sync_job_id'])
      .where('deleting_at', 'is not', null)
      .where('deleted_at', 'is', null)
      .where('active_sync_job_id', 'is', null)
      .execute();
    for (const { id, latest_sync_job_id } of waiting) {
      // The same step again means that it failed: a full disk does not empty itself in a tick.
      const step = `${id}|${latest_sync_job_id}`;
      if (Date.now() - (triedAt.get(step) ?? 0) < retryMs) continue;
      triedAt.set(step, Date.now());
      const { syncJob } = await inTransaction(services, (tx) => advanceDelete(tx, id as string, systemActor));
      if (syncJob) services.queue.enqueue(syncJob.id);
      else triedAt.delete(step);
    }
  };
  const tick = () => {
    if (stopped) return;
    // What was committed after the look under way had read would otherwise wait for the next tick.
    if (running) lookAgain = true;
    running ??= look()
      .catch((err: unknown) => services.log.error({ err }, 'a delete could not be carried on; the next tick tries again'))
      .finally(() => {
        running = undefined;
        if (!lookAgain) return;
        lookAgain = false;
        tick();
      });
  };

  const unwatch = services.events.watch([transitionTopic], tick);
  const timer = setInterval(tick, services.config.tickMs);
  tick();
  return async () => {
    stopped = true;
    unwatch();
    clearInterval(timer);
    await running;
  };
}
