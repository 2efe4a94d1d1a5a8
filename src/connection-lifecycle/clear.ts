import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { SyncInProgressError } from '../errors.ts';
import { everyStreamOf, getLiveSourceConnection } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { findActiveSyncJob } from '../sync-job/read.ts';
import { chooseStreams, insertSyncJob, type StreamChoice } from '../sync-job/start.ts';
import type { SyncJob } from '../sync-job/sync-job.entity.ts';

/** Deletes records and forgets states by a job of mode CLEAR. @throws NotFoundError ValidationError SyncInProgressError */
export async function clearSourceConnectionData(
  ctx: Ctx,
  input: { readonly id: string; readonly streams?: StreamChoice },
): Promise<{ sourceConnection: SourceConnection; syncJob: SyncJob }> {
  const started = await inTransaction(ctx, async (tx) => {
    const sourceConnection = await getLiveSourceConnection(tx, input.id);
    const active = await findActiveSyncJob(tx.db, input.id);
    if (active) throw new SyncInProgressError(active.id);
    const chosen = chooseStreams(await everyStreamOf(tx.db, input.id), input.streams);
    return insertSyncJob(tx, { sourceConnection, streams: chosen, mode: 'CLEAR', trigger: 'MANUAL', actor: ctx.actor });
  });
  ctx.queue.enqueue(started.syncJob.id);
  return started;
}
