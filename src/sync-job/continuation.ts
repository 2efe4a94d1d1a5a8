import type { ConnectionChanges } from '../source-connection/facets.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import type { SyncJob } from './sync-job.entity.ts';

/** A source that had nothing new is asked again after this. */
const idleMs = 5_000;
/** After a failure, doubled with each further one. */
const failedMs = 60_000;
const mostFailedMs = 30 * 60_000;

/**
 * When a connection that follows its source goes on after a job: at once when there was something new, after a pause when there was not, later and
 * later when jobs fail. Says nothing about the others, which go by the clock.
 */
export function continuation(job: SyncJob, { schedule, consecutiveFailures }: SourceConnection, now: Date): ConnectionChanges {
  if (schedule.type !== 'CONTINUOUS') return {};
  return { nextScheduledRun: new Date(now.getTime() + restMs(job, consecutiveFailures)) };
}

function restMs({ status, mode, recordsInserted, recordsUpdated, recordsDeleted }: SyncJob, failuresBefore: number): number {
  if (status === 'FAILED') return Math.min(mostFailedMs, failedMs * 2 ** Math.min(failuresBefore, 10));
  if (status === 'CANCELLED') return failedMs;
  const isNew = recordsInserted + recordsUpdated + recordsDeleted > 0;
  return mode !== 'CLEAR' && isNew ? 0 : idleMs;
}
