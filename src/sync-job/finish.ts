import { SourceFailure } from '../connector/failures.ts';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { StorageFullError, StorageUnavailableError } from '../records/store.ts';
import type { ClaimedJob } from './claim.ts';
import { findSyncJob } from './read.ts';
import { reportJob } from './report.ts';
import type { SyncJob, SyncJobFailure } from './sync-job.entity.ts';
import { type Move, moveSyncJob } from './transition.ts';

/** Where a run ended. */
export type Ending = Pick<Move, 'to' | 'reason' | 'set'>;

/** Moves a job to where its run ended, or to CANCELLED when somebody cancelled it in the meantime. Does nothing when another worker holds it. */
export async function finishSyncJob(services: Services, { job, leaseToken }: ClaimedJob, ending: Ending | ((job: SyncJob) => Ending)): Promise<void> {
  const fence = { leaseToken, actor: systemActor };
  const moved = await inTransaction(services, async (tx) => {
    const now = typeof ending === 'function' ? await findSyncJob(tx.db, job.id) : undefined;
    const move = typeof ending !== 'function' ? ending : now && ending(now);
    return (
      (move && (await moveSyncJob(tx, job.id, { ...move, ...fence }))) ??
      (await moveSyncJob(tx, job.id, { to: 'CANCELLED', from: ['CANCELLING'], reason: 'the work has stopped', ...fence }))
    );
  });
  if (moved) reportJob(services.log, moved);
}

/** What an error of the run means to the owner of the connection. Nothing of an unexpected error's text is shown: it may hold anything. */
export function failureOf(error: unknown, redact: (text: string) => string, stream: string | null = null): SyncJobFailure {
  if (error instanceof SourceFailure)
    return { origin: 'SOURCE', type: error.type, message: redact(error.message), stream, retryable: error.retryable };
  if (error instanceof StorageFullError) {
    return {
      origin: 'PLATFORM',
      type: 'TRANSIENT',
      message: 'Headgate has no room left to store records. What was committed stays.',
      stream,
      retryable: true,
    };
  }
  if (error instanceof StorageUnavailableError) {
    const message = 'The database of records could not be reached, or took too long. What was committed stays.';
    return { origin: 'PLATFORM', type: 'TRANSIENT', message, stream, retryable: true };
  }
  return { origin: 'PLATFORM', type: 'INTERNAL', message: 'The sync broke off because of an error on our side.', stream, retryable: true };
}
