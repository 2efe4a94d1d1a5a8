import type { Database } from 'better-sqlite3';
import { isTerminal, mayFollow, type SyncJobStatus } from '../../../src/sync-job/status.ts';
import { hold } from './violation.ts';

interface JobRow {
  readonly id: string;
  readonly source_connection_id: string;
  readonly status: SyncJobStatus;
  readonly queued: 0 | 1;
  readonly transition_count: number;
  readonly lease_token: string | null;
  readonly completed_at: number | null;
}

interface TransitionRow {
  readonly sync_job_id: string;
  readonly source_connection_id: string;
  readonly sequence: number;
  readonly from_status: SyncJobStatus | null;
  readonly to_status: SyncJobStatus;
}

/** G2, G3 and G5, on the rows of the control database. @throws Violation */
export function checkJobs(control: Database, jobsMayWait: boolean): void {
  const jobs = control.prepare('select * from sync_job').all() as JobRow[];
  const transitions = control.prepare('select * from sync_job_transition order by cursor').all() as TransitionRow[];
  checkHistory(transitions);
  for (const job of jobs) {
    checkPath(
      job,
      transitions.filter(({ sync_job_id }) => sync_job_id === job.id),
    );
    const over = isTerminal(job.status);
    hold('G3', over || jobsMayWait, `${job.id} is ${job.status} for ever`);
    hold('G3', over === (job.completed_at !== null), `${job.id} is ${job.status} and completed at ${job.completed_at}`);
    hold('G3', job.lease_token === null || ['RUNNING', 'CANCELLING'].includes(job.status), `${job.id} is ${job.status} and still leased`);
  }
  const active = jobs.filter(({ status, queued }) => !isTerminal(status) && !queued);
  const connections = control.prepare('select id, active_sync_job_id from source_connection').all() as { id: string; active_sync_job_id: string }[];
  for (const { id, active_sync_job_id } of connections) {
    const ids = active.filter(({ source_connection_id }) => source_connection_id === id).map((job) => job.id);
    hold('G2', ids.length <= 1, `${id} has the active jobs ${ids.join(', ')}`);
    hold('G2', active_sync_job_id === (ids[0] ?? null), `${id} takes ${active_sync_job_id} for active, and it is ${ids[0] ?? 'none'}`);
  }
}

/** G5: from each status to one that may follow, gap-free from 1, with one end. */
function checkPath(job: JobRow, path: readonly TransitionRow[]): void {
  const shown = `${job.id} went ${path.map(({ sequence, to_status }) => `${sequence} ${to_status}`).join(', ')} and is ${job.status}`;
  for (const [index, { sequence, from_status, to_status }] of path.entries()) {
    const before = path[index - 1]?.to_status ?? null;
    hold('G5', sequence === index + 1 && from_status === before, shown);
    hold('G5', before === null ? to_status === 'PENDING' : mayFollow(before, to_status), shown);
  }
  hold('G5', path.at(-1)?.to_status === job.status && path.length === job.transition_count, shown);
}

/** G2 at every moment of the past: of the jobs of a connection one had begun and not ended. */
function checkHistory(transitions: readonly TransitionRow[]): void {
  const begun = new Map<string, string>();
  for (const { source_connection_id: connection, sync_job_id: job, to_status } of transitions) {
    const other = begun.get(connection);
    if (to_status !== 'PENDING' && !isTerminal(to_status)) {
      hold('G2', other === undefined || other === job, `${connection} had ${other} and ${job} at once`);
      begun.set(connection, job);
    } else if (other === job) begun.delete(connection);
  }
}
