import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { InvalidTransitionError } from '../errors.ts';
import type { Actor } from '../lib/actor.ts';
import { getSyncJob } from './read.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { moveSyncJob } from './transition.ts';

/**
 * Cancels a job: at once when nobody works on it, else as CANCELLING, and CANCELLED when the work has stopped (10 s at most).
 * Durable when it resolves. Cancelling a job that is being cancelled already changes nothing.
 * @throws NotFoundError InvalidTransitionError
 */
export async function cancelSyncJob(ctx: Ctx, id: string): Promise<SyncJob> {
  await getSyncJob(ctx, id);
  const cancelled = await inTransaction(ctx, async (tx) => {
    const moved = await requestCancel(tx, id, ctx.actor, 'cancelled on request');
    if (moved) return moved;
    // Read here, not later: a job that is being cancelled now may be CANCELLED a moment after, and that is no reason to refuse.
    const job = await getSyncJob(tx, id);
    if (job.status !== 'CANCELLING') throw new InvalidTransitionError(job.status, 'CANCELLED');
    return job;
  });
  if (cancelled.status === 'CANCELLING') ctx.queue.interrupt(id, 'cancelled');
  return cancelled;
}

/** The same in a transaction of the caller's, who tells the queue. Resolves to nothing when the job has ended or is being cancelled already. */
export async function requestCancel(tx: Transaction, id: string, actor: Actor, reason: string): Promise<SyncJob | undefined> {
  return (
    (await moveSyncJob(tx, id, { to: 'CANCELLING', actor, reason })) ??
    (await moveSyncJob(tx, id, { to: 'CANCELLED', actor, reason, from: ['PENDING', 'WAITING'] }))
  );
}
