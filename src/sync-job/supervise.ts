import type { Services } from '../context.ts';
import { dbOf } from '../db/rows.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { findSyncJob } from './read.ts';
import { moveSyncJob } from './transition.ts';

/**
 * Takes jobs from workers that fell silent: what was being cancelled is CANCELLED, the others wait for the next worker, which goes on from
 * the last checkpoint, or FAILED when that happened too often.
 * @param silentSince jobs whose lease ended before this; leave it out at start, when no worker of the former process can be alive
 * @returns the ids of the jobs that were taken
 */
export async function takeOverLostJobs(services: Services, silentSince?: Date): Promise<string[]> {
  let query = dbOf(services.em).selectFrom('sync_job').select(['id', 'lease_token']).where('status', 'in', ['RUNNING', 'CANCELLING']);
  if (silentSince) query = query.where('lease_expires_at', '<', silentSince.getTime());
  const lost = await query.execute();
  for (const { id, lease_token } of lost) await giveUpOn(services, id as string, lease_token as string);
  return lost.map(({ id }) => id as string);
}

/** Takes one job from a worker that is known to be gone. Does nothing when the worker had finished it, or another one holds it. */
export async function giveUpOn(services: Services, id: string, leaseToken?: string): Promise<void> {
  await inTransaction(services, async (tx) => {
    const job = await findSyncJob(tx.db, id);
    if (!job || (leaseToken !== undefined && job.leaseToken !== leaseToken)) return;
    const fence = job.leaseToken === null ? {} : { leaseToken: job.leaseToken };
    if (job.status === 'CANCELLING') await moveSyncJob(tx, id, { to: 'CANCELLED', actor: systemActor, reason: 'the work has stopped', ...fence });
    if (job.status !== 'RUNNING') return;
    if (job.attempt < job.maxAttempts) {
      await moveSyncJob(tx, id, { to: 'WAITING', actor: systemActor, reason: 'its worker was lost', set: { waitReason: 'WORKER_LOST' }, ...fence });
      return;
    }
    const failure = {
      origin: 'PLATFORM',
      type: 'INTERNAL',
      message: `Its worker was lost ${job.attempt} times.`,
      stream: null,
      retryable: true,
    } as const;
    await moveSyncJob(tx, id, { to: 'FAILED', actor: systemActor, reason: failure.message, set: { failure }, ...fence });
  });
}
