import type { Database } from 'better-sqlite3';
import { newId } from '../../../src/lib/typeid.ts';
import { writeControlRows } from '../../support/control-rows.ts';

export interface LongJob {
  readonly id: string;
  /** Commits so many more transitions in one transaction; the last of all ends the job. */
  write(count: number): void;
}

/**
 * A sync job that waits and goes on so often that it has as many transitions: written beside the gateway, as a worker in another process would do it,
 * since no real one makes so many in the time that a test has.
 * @param like a job that has succeeded, whose columns it takes over
 */
export function startLongJob(gateway: { dataDir: string }, like: string, transitions: number): LongJob {
  const id = newId('job');
  let sequence = 0;
  const statusOf = (number: number) => {
    if (number === 1) return 'PENDING';
    if (number === transitions) return 'SUCCEEDED';
    return number % 2 === 0 ? 'RUNNING' : 'WAITING';
  };
  /** Inserts rows that are like one that is there, except for the changes. */
  const inserter = (database: Database, table: string, where: string) => {
    const { cursor: _, ...row } = database.prepare(`select * from ${table} where ${where} limit 1`).get(like) as Record<string, unknown>;
    const columns = Object.keys(row);
    const insert = database.prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map((column) => `@${column}`).join(', ')})`);
    return (changes: Record<string, unknown>) => void insert.run({ ...row, ...changes });
  };
  return {
    id,
    write(count) {
      writeControlRows(gateway, (database) =>
        database
          .transaction(() => {
            if (sequence === 0) inserter(database, 'sync_job', 'id = ?')({ id, transition_count: transitions, scheduled_for: null });
            const insert = inserter(database, 'sync_job_transition', 'sync_job_id = ?');
            for (const last = Math.min(transitions, sequence + count); sequence < last; ) {
              const from = sequence === 0 ? null : statusOf(sequence);
              sequence += 1;
              insert({ id: newId('tr'), sync_job_id: id, sequence, from_status: from, to_status: statusOf(sequence) });
            }
          })
          .immediate(),
      );
    },
  };
}
