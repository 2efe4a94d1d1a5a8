import { SourceFailure } from '../connector/failures.ts';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { StorageFullError } from '../records/store.ts';
import type { SyncJobFailure } from './sync-job.entity.ts';
import { type Move, moveSyncJob } from './transition.ts';

/** Moves a job to where its run ended. Resolves to false when the race was lost. */
export async function finishSyncJob(services: Services, id: string, move: Omit<Move, 'actor'>): Promise<boolean> {
  const moved = await inTransaction(services, (tx) => moveSyncJob(tx, id, { ...move, actor: systemActor }));
  return moved !== undefined;
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
  return { origin: 'PLATFORM', type: 'INTERNAL', message: 'The sync broke off because of an error on our side.', stream, retryable: true };
}
