import { sql } from 'kysely';
import type { Services } from '../context.ts';
import { pruneBatch } from '../db/prune-oldest.ts';
import { inTransaction } from '../db/transaction.ts';
import { deleteLogLines, deleteSyncJobs } from './delete.ts';

const jobsAtOnce = 50;

/** Deletes the logs of jobs that ended before a moment, some lines in each transaction, and says how many after each. */
export async function* pruneSyncJobLogs(services: Services, before: Date): AsyncGenerator<number> {
  for (;;) {
    const { found, lines } = await inTransaction(services, async (tx) => {
      const jobs = await tx.db
        .selectFrom('sync_job')
        .select('id')
        .where('completed_at', '<', before.getTime())
        .where(sql<boolean>`not log_pruned`)
        .orderBy('completed_at')
        .limit(jobsAtOnce)
        .execute();
      let deleted = 0;
      for (const { id } of jobs) {
        if (deleted >= pruneBatch) break;
        deleted += await deleteLogLines(tx, id as string, pruneBatch - deleted);
      }
      return { found: jobs.length, lines: deleted };
    });
    if (found === 0) return;
    yield lines;
  }
}

/**
 * Deletes jobs that ended before a moment and whose log is pruned, some in each transaction, and says how many rows after each. The latest job of a
 * source connection stays, however old: it is what the source connection shows.
 */
export async function* pruneSyncJobs(services: Services, before: Date): AsyncGenerator<number> {
  let last: readonly [completedAt: unknown, id: unknown] | undefined;
  for (;;) {
    let query = services.db
      .selectFrom('sync_job')
      .innerJoin('source_connection', 'source_connection.id', 'sync_job.source_connection_id')
      .select(['sync_job.id', 'sync_job.completed_at', 'sync_job.transition_count', 'source_connection.latest_sync_job_id'])
      .where('sync_job.completed_at', '<', before.getTime())
      .where(sql<boolean>`sync_job.log_pruned`);
    if (last) query = query.where(sql<boolean>`(sync_job.completed_at, sync_job.id) > (${last[0]}, ${last[1]})`);
    const jobs = await query.orderBy('sync_job.completed_at').orderBy('sync_job.id').limit(jobsAtOnce).execute();
    if (jobs.length === 0) return;
    const going: string[] = [];
    let transitions = 0;
    for (const { id, completed_at, transition_count, latest_sync_job_id } of jobs) {
      if (transitions >= pruneBatch) break;
      last = [completed_at, id];
      // A job that has ended never becomes the latest again.
      if (id === latest_sync_job_id) continue;
      going.push(id as string);
      transitions += Number(transition_count);
    }
    if (going.length > 0) yield await inTransaction(services, (tx) => deleteSyncJobs(tx, going));
  }
}
