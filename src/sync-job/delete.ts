import { markPruned, prunedColumns } from '../db/pruned-log.ts';
import type { Transaction } from '../db/transaction.ts';
import { syncJobLogs, syncJobTransitions } from './read.ts';
import { SyncJobEntity } from './sync-job.entity.ts';

/** Deletes jobs that have ended, with their transitions and what is left of their logs. @returns how many rows went */
export async function deleteSyncJobs(tx: Transaction, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  let rows = 0;
  // Not left to the foreign keys: somebody may follow these logs.
  for (const { table } of [syncJobLogs, syncJobTransitions]) {
    const deleted = await tx.db
      .deleteFrom(table)
      .where('sync_job_id', 'in', [...ids])
      .returning(prunedColumns)
      .execute();
    await markPruned(tx, table, deleted);
    rows += deleted.length;
  }
  const jobs = await tx.db
    .deleteFrom('sync_job')
    .where('id', 'in', [...ids])
    .returning('id')
    .execute();
  return rows + jobs.length;
}

/** Deletes the oldest lines of the log of a job that has ended, `most` of them, and keeps what tells that they are gone. @returns how many went */
export async function deleteLogLines(tx: Transaction, syncJobId: string, most: number): Promise<number> {
  const lines = tx.db.selectFrom('sync_job_log').select('cursor').where('sync_job_id', '=', syncJobId).orderBy('cursor').limit(most);
  const deleted = await tx.db.deleteFrom('sync_job_log').where('cursor', 'in', lines).returning(prunedColumns).execute();
  await markPruned(tx, syncJobLogs.table, deleted);
  const last = Math.max(0, ...deleted.map(({ cursor }) => Number(cursor)));
  const changes = { ...(last > 0 ? { logPrunedTo: last } : {}), ...(deleted.length < most ? { logPruned: true } : {}) };
  await tx.em.nativeUpdate(SyncJobEntity, { id: syncJobId }, changes);
  return deleted.length;
}
