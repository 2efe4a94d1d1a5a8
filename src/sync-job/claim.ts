import { randomUUID } from 'node:crypto';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { findSyncJob } from './read.ts';
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
    if (before.waitReason !== null && before.waitReason !== 'WORKER_LOST' && before.waitReason !== 'RELEASED') return undefined;
    const lost = before.waitReason === 'WORKER_LOST';
    return moveSyncJob(tx, id, {
      to: 'RUNNING',
      actor: systemActor,
      ...(before.status === 'WAITING'
        ? { reason: lost ? 'goes on from the last checkpoint after its worker was lost' : 'goes on from the last checkpoint' }
        : {}),
      set: {
        leaseToken,
        leaseExpiresAt: new Date(Date.now() + services.config.jobLeaseMs),
        startedAt: before.startedAt ?? new Date(),
        attempt: lost ? before.attempt + 1 : before.attempt,
      },
    });
  });
  return job && { job, leaseToken };
}

/** Jobs that a worker may take, the oldest first. */
export async function findClaimable(services: Pick<Services, 'db'>, limit: number): Promise<string[]> {
  const rows = await services.db
    .selectFrom('sync_job')
    .select('id')
    .where(({ eb, and, or }) =>
      or([eb('status', '=', 'PENDING'), and([eb('status', '=', 'WAITING'), eb('wait_reason', 'in', ['WORKER_LOST', 'RELEASED'])])]),
    )
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id as string);
}
