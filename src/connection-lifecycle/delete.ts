import type { Collection } from '../collection/collection.entity.ts';
import { getCollection } from '../collection/read.ts';
import { isSameStream, type StreamRef } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { NotFoundError } from '../errors.ts';
import type { Actor } from '../lib/actor.ts';
import { CredentialEntity } from '../source-connection/credential.entity.ts';
import { changeSourceConnection } from '../source-connection/facets.ts';
import { everyStreamOf, getSourceConnection } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { requestCancel } from '../sync-job/cancel.ts';
import { findActiveSyncJob, findQueuedSyncJob, findSyncJob } from '../sync-job/read.ts';
import { insertSyncJob } from '../sync-job/start.ts';
import { isTerminal } from '../sync-job/status.ts';
import type { SyncJob } from '../sync-job/sync-job.entity.ts';

export interface Deleted {
  readonly sourceConnection: SourceConnection;
  readonly collection: Collection;
  /** The job that the delete waits for; `null` when it is done. */
  readonly syncJob: SyncJob | null;
}

/**
 * Deletes a source connection: an active job is cancelled first, the records go with it when asked to, the secrets in any case.
 * The row stays as a tombstone. What cannot be done at once goes on in the background, also after a crash.
 * @throws NotFoundError
 */
export async function deleteSourceConnection(ctx: Ctx, input: { readonly id: string; readonly deleteData: boolean }): Promise<Deleted> {
  const deleted = await inTransaction(ctx, async (tx): Promise<Deleted> => {
    const before = await getSourceConnection(tx, input.id);
    if (before.deletedAt) throw new NotFoundError('source connection', input.id);
    const collection = await getCollection(tx, { id: before.collectionId });
    const sourceConnection = await changeSourceConnection(
      tx,
      input.id,
      { deletingAt: before.deletingAt ?? new Date(), deletesData: before.deletesData || input.deleteData },
      ctx.actor,
    );
    const reason = 'its source connection is being deleted';
    const queued = await findQueuedSyncJob(tx.db, input.id);
    if (queued) await requestCancel(tx, queued.id, ctx.actor, reason);
    const active = await findActiveSyncJob(tx.db, input.id);
    // A job that clears is let be: a delete would start one next, and what it leaves is cleared after it.
    const stopping = active && active.mode !== 'CLEAR' ? await requestCancel(tx, active.id, ctx.actor, reason) : undefined;
    // Nothing was moved when the job was being cancelled already: the delete waits for it all the same.
    const waitedFor = stopping ?? active;
    if (waitedFor && !isTerminal(waitedFor.status)) return { sourceConnection, collection, syncJob: waitedFor };
    return { collection, ...(await advanceDelete(tx, input.id, ctx.actor)) };
  });
  const { syncJob } = deleted;
  if (syncJob?.status === 'CANCELLING') ctx.queue.interrupt(syncJob.id, 'cancelled');
  if (syncJob?.status === 'PENDING') ctx.queue.enqueue(syncJob.id);
  return deleted;
}

/** The next step of a delete, once no job is active: clear the records, or be done. */
export async function advanceDelete(
  tx: Transaction,
  id: string,
  actor: Actor,
): Promise<{ sourceConnection: SourceConnection; syncJob: SyncJob | null }> {
  const sourceConnection = await changeSourceConnection(tx, id, {});
  const latest = sourceConnection.latestSyncJobId ? await findSyncJob(tx.db, sourceConnection.latestSyncJobId) : undefined;
  const streams = await everyStreamOf(tx.db, id);
  if (sourceConnection.deletesData && latest && !hasCleared(latest, streams)) {
    return insertSyncJob(tx, { sourceConnection, streams, mode: 'CLEAR', trigger: 'MANUAL', actor });
  }
  if (sourceConnection.credentialId) {
    await tx.em.nativeUpdate(CredentialEntity, { id: sourceConnection.credentialId }, { sealed: '', secretFields: [] });
  }
  return { sourceConnection: await changeSourceConnection(tx, id, { deletedAt: new Date() }), syncJob: null };
}

/** A job that cleared some of the streams has not cleared the others. */
function hasCleared({ mode, status, streams }: SyncJob, wanted: readonly StreamRef[]): boolean {
  return (
    mode === 'CLEAR' &&
    status === 'SUCCEEDED' &&
    wanted.every((stream) => streams.some((cleared) => isSameStream(cleared, stream) && cleared.status === 'COMPLETE'))
  );
}
