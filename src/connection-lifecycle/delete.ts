import type { Collection } from '../collection/collection.entity.ts';
import { getCollection } from '../collection/read.ts';
import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { NotFoundError } from '../errors.ts';
import type { Actor } from '../lib/actor.ts';
import { CredentialEntity } from '../source-connection/credential.entity.ts';
import { changeSourceConnection } from '../source-connection/facets.ts';
import { everyStreamOf, getSourceConnection } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { requestCancel } from '../sync-job/cancel.ts';
import { findActiveSyncJob, findSyncJob } from '../sync-job/read.ts';
import { insertSyncJob } from '../sync-job/start.ts';
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
  const before = await getSourceConnection(ctx, input.id);
  if (before.deletedAt) throw new NotFoundError('source connection', input.id);
  const collection = await getCollection(ctx, { id: before.collectionId });
  const { sourceConnection, syncJob } = await inTransaction(ctx, async (tx) => {
    const deleting = await changeSourceConnection(
      tx,
      input.id,
      { deletingAt: before.deletingAt ?? new Date(), deletesData: before.deletesData || input.deleteData },
      ctx.actor,
    );
    const active = await findActiveSyncJob(tx.db, input.id);
    // A job that clears is already what a delete would start next.
    if (active?.mode === 'CLEAR') return { sourceConnection: deleting, syncJob: active };
    const cancelled = active && (await requestCancel(tx, active.id, ctx.actor, 'its source connection is being deleted'));
    if (cancelled?.status === 'CANCELLING') return { sourceConnection: deleting, syncJob: cancelled };
    return advanceDelete(tx, input.id, ctx.actor);
  });
  if (syncJob?.status === 'CANCELLING') ctx.queue.cancel(syncJob.id);
  if (syncJob?.status === 'PENDING') ctx.queue.enqueue(syncJob.id);
  return { sourceConnection, collection, syncJob };
}

/** The next step of a delete, once no job is active: clear the records, or be done. */
export async function advanceDelete(
  tx: Transaction,
  id: string,
  actor: Actor,
): Promise<{ sourceConnection: SourceConnection; syncJob: SyncJob | null }> {
  const sourceConnection = await changeSourceConnection(tx, id, {});
  const latest = sourceConnection.latestSyncJobId ? await findSyncJob(tx.db, sourceConnection.latestSyncJobId) : undefined;
  if (sourceConnection.deletesData && latest && !isCleared(latest)) {
    return insertSyncJob(tx, { sourceConnection, streams: await everyStreamOf(tx.db, id), mode: 'CLEAR', trigger: 'MANUAL', actor });
  }
  if (sourceConnection.credentialId) {
    await tx.em.nativeUpdate(CredentialEntity, { id: sourceConnection.credentialId }, { sealed: '', secretFields: [] });
  }
  return { sourceConnection: await changeSourceConnection(tx, id, { deletedAt: new Date() }), syncJob: null };
}

function isCleared({ mode, status, streams }: SyncJob): boolean {
  return mode === 'CLEAR' && status === 'SUCCEEDED' && streams.every((stream) => stream.status === 'COMPLETE');
}
