import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { InvalidTransitionError } from '../errors.ts';
import { getSyncJob } from './read.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { amendSyncJob } from './transition.ts';

/**
 * Pauses a job: its worker commits what it has, and lets go of it as WAITING with the reason PAUSED. Durable when it resolves, also when the
 * worker is lost over it. A job that waits for another reason waits for a person from now on.
 * @throws NotFoundError InvalidTransitionError
 */
export async function pauseSyncJob(ctx: Ctx, id: string): Promise<SyncJob> {
  const paused = await inTransaction(ctx, async (tx) => {
    const job = await getSyncJob(tx, id);
    if (job.status === 'RUNNING') return job.pauseRequested ? job : amendSyncJob(tx, job, { pauseRequested: true });
    if (job.status !== 'WAITING') throw new InvalidTransitionError(job.status, 'WAITING');
    return job.waitReason === 'PAUSED' ? job : amendSyncJob(tx, job, { waitReason: 'PAUSED', resumeAt: null });
  });
  if (paused.status === 'RUNNING') ctx.queue.interrupt(id, 'paused');
  return paused;
}
