import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { InvalidTransitionError } from '../errors.ts';
import { getSyncJob } from './read.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { amendSyncJob } from './transition.ts';

/**
 * Lets a paused job go on from its last checkpoint, and one that waits to try again do so now. A pause that no worker has heard of yet is
 * taken back. @throws NotFoundError InvalidTransitionError
 */
export async function resumeSyncJob(ctx: Ctx, id: string): Promise<SyncJob> {
  const resumed = await inTransaction(ctx, async (tx) => {
    const job = await getSyncJob(tx, id);
    if (job.status === 'RUNNING' && job.pauseRequested) return amendSyncJob(tx, job, { pauseRequested: false });
    if (job.status !== 'WAITING') throw new InvalidTransitionError(job.status, 'RUNNING');
    if (job.waitReason === 'PAUSED') return amendSyncJob(tx, job, { waitReason: 'RELEASED' });
    return job.resumeAt === null ? job : amendSyncJob(tx, job, { resumeAt: new Date() });
  });
  if (resumed.status === 'WAITING') ctx.queue.enqueue(id);
  return resumed;
}
