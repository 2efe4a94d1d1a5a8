import { isSameStream } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { InvalidTransitionError, SyncInProgressError } from '../errors.ts';
import { everyStreamOf, getLiveSourceConnection, streamsOf } from '../source-connection/read.ts';
import { findActiveSyncJob, getSyncJob } from './read.ts';
import { insertSyncJob } from './start.ts';
import type { SyncJob } from './sync-job.entity.ts';

/**
 * Starts a new job that does what a FAILED or CANCELLED one should have done: the same mode, and of its streams those that are still configured.
 * @throws NotFoundError InvalidTransitionError SyncInProgressError
 */
export async function retrySyncJob(ctx: Ctx, id: string): Promise<SyncJob> {
  const syncJob = await inTransaction(ctx, async (tx) => {
    const former = await getSyncJob(tx, id);
    const sourceConnection = await getLiveSourceConnection(tx, former.sourceConnectionId);
    if (former.status !== 'FAILED' && former.status !== 'CANCELLED') throw new InvalidTransitionError(former.status, 'PENDING');
    const active = await findActiveSyncJob(tx.db, sourceConnection.id);
    if (active) throw new SyncInProgressError(active.id);
    const known = await (former.mode === 'CLEAR' ? everyStreamOf : streamsOf)(tx.db, sourceConnection.id);
    const streams = known.filter((stream) => former.streams.some((wanted) => isSameStream(wanted, stream)));
    const started = await insertSyncJob(tx, {
      sourceConnection,
      streams: streams.length > 0 ? streams : known,
      mode: former.mode,
      trigger: 'RETRY',
      actor: ctx.actor,
    });
    return started.syncJob;
  });
  ctx.queue.enqueue(syncJob.id);
  return syncJob;
}
