import type { Log } from '../lib/log.ts';
import { isTerminal } from './status.ts';
import type { SyncJob } from './sync-job.entity.ts';

/** Tells whoever runs the gateway what has become of a job that its worker let go of: `warn` when it has failed, `info` otherwise. */
export function reportJob(log: Log, job: SyncJob): void {
  const { id, organizationId, sourceConnectionId, status, attempt, recordsRead, recordsRejected, waitReason, resumeAt, failure } = job;
  const durationMs = job.startedAt && job.completedAt ? job.completedAt.getTime() - job.startedAt.getTime() : undefined;
  const facts = {
    ...{ syncJobId: id, organizationId, sourceConnectionId, status, attempt, recordsRead, recordsRejected },
    ...(isTerminal(status) ? { durationMs } : { waitReason, resumeAt }),
    // Its message is already one for the owner of the connection: redacted, and never the text of a fault of ours.
    ...(failure && status !== 'SUCCEEDED' ? { failure } : {}),
  };
  log[status === 'FAILED' ? 'warn' : 'info'](facts, isTerminal(status) ? 'sync job ended' : 'sync job waits');
}
