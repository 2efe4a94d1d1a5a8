import type { StreamRef } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { type Db, rowReader } from '../db/rows.ts';
import { inTransaction } from '../db/transaction.ts';
import { SyncInProgressError } from '../errors.ts';
import { ConfiguredStreamEntity } from '../source-connection/configured-stream.entity.ts';
import { getLiveSourceConnection } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { findActiveSyncJob } from '../sync-job/read.ts';
import { chooseStreams, insertSyncJob, type StreamChoice } from '../sync-job/start.ts';
import type { SyncJob } from '../sync-job/sync-job.entity.ts';

const streams = rowReader(ConfiguredStreamEntity);

/** Deletes records and forgets states by a job of mode CLEAR. @throws NotFoundError ValidationError SyncInProgressError */
export async function clearSourceConnectionData(
  ctx: Ctx,
  input: { readonly id: string; readonly streams?: StreamChoice },
): Promise<{ sourceConnection: SourceConnection; syncJob: SyncJob }> {
  const sourceConnection = await getLiveSourceConnection(ctx, input.id);
  const started = await inTransaction(ctx, async (tx) => {
    const active = await findActiveSyncJob(tx.db, input.id);
    if (active) throw new SyncInProgressError(active.id);
    const chosen = chooseStreams(await streamsWithRecords(tx.db, input.id), input.streams);
    return insertSyncJob(tx, { sourceConnection, streams: chosen, mode: 'CLEAR', trigger: 'MANUAL', actor: ctx.actor });
  });
  ctx.queue.enqueue(started.syncJob.id);
  return started;
}

/** Every stream that may have left records behind: those that were taken out of the set too. */
export async function streamsWithRecords(db: Db, sourceConnectionId: string): Promise<StreamRef[]> {
  const rows = await db.selectFrom(streams.table).selectAll().where('source_connection_id', '=', sourceConnectionId).orderBy('position').execute();
  return rows.map(streams.toRow);
}
