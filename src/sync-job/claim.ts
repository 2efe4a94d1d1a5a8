import { randomUUID } from 'node:crypto';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { findSyncJob } from './read.ts';
import type { SyncJobWaitReason } from './status.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { moveSyncJob } from './transition.ts';

/** A job that this worker holds, and the token that every write of it is fenced with. */
export interface ClaimedJob {
  readonly job: SyncJob;
  readonly leaseToken: string;
}

/** Takes a job that is PENDING, or WAITING for a worker. Resolves to nothing when somebody else has it, or when it waits for something else. */
export async function claimSyncJob(services: Services, id: string): Promise<ClaimedJob | undefined> {
  const leaseToken = randomUUID();
  const job = await inTransaction(services, async (tx) => {
    const before = await findSyncJob(tx.db, id);
    if (!before || (before.status !== 'PENDING' && before.status !== 'WAITING')) return undefined;
    const now = new Date();
    if (before.queued || !isDue(before, now)) return undefined;
    return moveSyncJob(tx, id, {
      to: 'RUNNING',
      actor: systemActor,
      ...(before.waitReason === null ? {} : { reason: goesOn[before.waitReason] }),
      set: {
        leaseToken,
        leaseExpiresAt: new Date(now.getTime() + services.config.jobLeaseMs),
        startedAt: before.startedAt ?? now,
        attempt: before.waitReason === null || before.waitReason === 'RELEASED' ? before.attempt : before.attempt + 1,
        // Of the attempt before; the log keeps it.
        failure: null,
      },
    });
  });
  return job && { job, leaseToken };
}

/** Why it runs again, for each reason that it waited for. */
const goesOn: Record<SyncJobWaitReason, string> = {
  WORKER_LOST: 'goes on from the last checkpoint after its worker was lost',
  RELEASED: 'goes on from the last checkpoint',
  PAUSED: 'goes on from the last checkpoint',
  RETRY_BACKOFF: 'tries again from the last checkpoint',
  SOURCE_RATE_LIMIT: 'tries again now that the source takes requests again',
};

/** A job that waits for a worker is due; one that waits for its time is when that has come; one that was paused waits for a person. */
function isDue({ status, waitReason, resumeAt }: SyncJob, now: Date): boolean {
  if (status === 'PENDING' || waitReason === 'WORKER_LOST' || waitReason === 'RELEASED') return true;
  return resumeAt !== null && resumeAt <= now;
}

/** Jobs that a worker may take, the oldest first. */
export async function findClaimable(services: Pick<Services, 'db'>, limit: number): Promise<string[]> {
  const rows = await services.db
    .selectFrom('sync_job')
    .select('id')
    .where('status', 'in', ['PENDING', 'WAITING'])
    .where('queued', '=', false)
    .where(({ eb, or }) =>
      or([eb('status', '=', 'PENDING'), eb('wait_reason', 'in', ['WORKER_LOST', 'RELEASED']), eb('resume_at', '<=', new Date())]),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id as string);
}

/** When the next job that waits for its time is due; `null` when none does. */
export async function findNextDue(services: Pick<Services, 'db'>): Promise<Date | null> {
  const row = await services.db
    .selectFrom('sync_job')
    .select(({ fn }) => fn.min('resume_at').as('due'))
    .where('status', '=', 'WAITING')
    .executeTakeFirst();
  return row?.['due'] == null ? null : new Date(row['due'] as number | Date);
}
