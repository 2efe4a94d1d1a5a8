import { sql } from 'kysely';
import type { Services } from '../context.ts';
import { markPruned, prunedColumns } from '../db/pruned-log.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { StatusChangeEntity } from '../source-connection/status-change.entity.ts';
import { deleteSyncJobs } from '../sync-job/delete.ts';

/** Tombstones looked at at once. */
const lookedAtOnce = 50;

/**
 * Purges source connections that were deleted before a moment, one in each transaction, with everything that is theirs, and says how many rows after
 * each. One whose records were kept stays as long as they do: they name it. Older jobs have to be pruned before.
 */
export async function* purgeSourceConnections(services: Services, before: Date): AsyncGenerator<number> {
  let last: readonly [deletedAt: unknown, id: unknown] | undefined;
  for (;;) {
    let query = services.db.selectFrom('source_connection').select(['id', 'deleted_at']).where('deleted_at', '<', before.getTime());
    if (last) query = query.where(sql<boolean>`(deleted_at, id) > (${last[0]}, ${last[1]})`);
    const tombstones = await query.orderBy('deleted_at').orderBy('id').limit(lookedAtOnce).execute();
    if (tombstones.length === 0) return;
    for (const { id, deleted_at } of tombstones) {
      last = [deleted_at, id];
      const rows = await inTransaction(services, (tx) => purge(tx, id as string));
      if (rows > 0) yield rows;
    }
  }
}

/** @returns how many rows went: none when it has to stay, or another gateway was faster */
async function purge(tx: Transaction, id: string): Promise<number> {
  const connection = await tx.db.selectFrom('source_connection').selectAll().where('id', '=', id).executeTakeFirst();
  if (!connection) return 0;
  const records = await tx.db
    .selectFrom('configured_stream')
    .select('id')
    .where('source_connection_id', '=', id)
    .where('record_count', '>', 0)
    .limit(1)
    .executeTakeFirst();
  if (records) return 0;
  // Two tell that there are others than the latest: the next round comes back.
  const jobs = await tx.db.selectFrom('sync_job').select(['id', 'log_pruned']).where('source_connection_id', '=', id).limit(2).execute();
  if (jobs.length > 1 || jobs.some((job) => !job['log_pruned'])) return 0;
  const jobRows = await deleteSyncJobs(
    tx,
    jobs.map((job) => job['id'] as string),
  );
  const log = StatusChangeEntity.meta.tableName;
  const changes = await tx.db.deleteFrom(log).where('source_connection_id', '=', id).returning(prunedColumns).execute();
  await markPruned(tx, log, changes);
  await tx.db.deleteFrom('webhook_lane').where('source_connection_id', '=', id).execute();
  // Its streams and its last test go with it.
  await tx.db.deleteFrom('source_connection').where('id', '=', id).execute();
  const credentialId = connection['credential_id'] as string | null;
  if (credentialId) await deleteCredential(tx, credentialId);
  return jobRows + changes.length + 1;
}

async function deleteCredential(tx: Transaction, id: string): Promise<void> {
  const used = await tx.db.selectFrom('source_connection').select('id').where('credential_id', '=', id).limit(1).executeTakeFirst();
  if (!used) await tx.db.deleteFrom('credential').where('id', '=', id).execute();
}
