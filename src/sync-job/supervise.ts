import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { findSyncJob } from './read.ts';
import { reportJob } from './report.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { type Move, moveSyncJob } from './transition.ts';

/**
 * Takes jobs from workers that fell silent: what was being cancelled is CANCELLED, the others wait for the next worker, which goes on from
 * the last checkpoint, or FAILED when that happened too often. One that cannot be taken now does not keep the others from it.
 * @param silentSince jobs whose lease ended before this; leave it out at start, when no worker of the former process can be alive
 * @returns the ids of the jobs that were taken
 */
export async function takeOverLostJobs(services: Services, silentSince?: Date): Promise<string[]> {
  let query = services.db.selectFrom('sync_job').select(['id', 'lease_token']).where('status', 'in', ['RUNNING', 'CANCELLING']);
  if (silentSince) query = query.where('lease_expires_at', '<', silentSince);
  const taken: string[] = [];
  for (const row of await query.execute()) {
    const id = row['id'] as string;
    try {
      if (await giveUpOn(services, id, { leaseToken: row['lease_token'] as string, silentSince })) taken.push(id);
    } catch (error) {
      services.log.error({ err: error, syncJobId: id }, 'a lost sync job could not be taken over yet');
    }
  }
  return taken;
}

export interface GiveUpOptions {
  /** Only from this worker. */
  readonly leaseToken?: string;
  /** Only if the lease ended before this. */
  readonly silentSince?: Date | undefined;
}

/**
 * Takes one job from a worker that is known to be gone.
 * @returns whether it was: false when the worker had ended it, has given a sign of life, or another one holds it
 */
export async function giveUpOn(services: Services, id: string, { leaseToken, silentSince }: GiveUpOptions = {}): Promise<boolean> {
  const moved = await inTransaction(services, async (tx) => {
    const job = await findSyncJob(tx.db, id);
    if (!job || (leaseToken !== undefined && job.leaseToken !== leaseToken)) return undefined;
    if (silentSince && job.leaseExpiresAt && job.leaseExpiresAt >= silentSince) return undefined;
    return moveSyncJob(tx, id, moveOf(job));
  });
  if (moved) reportJob(services.log, moved);
  return moved !== undefined;
}

function moveOf(job: SyncJob): Move {
  const from: Pick<Move, 'from' | 'actor'> = { from: ['RUNNING'], actor: systemActor };
  if (job.status === 'CANCELLING') return { ...from, to: 'CANCELLED', from: ['CANCELLING'], reason: 'the work has stopped' };
  const fruitlessAttempts = job.fruitlessAttempts + 1;
  if (fruitlessAttempts < job.maxAttempts)
    return { ...from, to: 'WAITING', reason: 'its worker was lost', set: { waitReason: 'WORKER_LOST', fruitlessAttempts } };
  const message = `Its worker was lost, and in ${fruitlessAttempts} attempts it came no further.`;
  return {
    ...from,
    to: 'FAILED',
    reason: message,
    set: { fruitlessAttempts, failure: { origin: 'PLATFORM', type: 'INTERNAL', message, stream: null, retryable: true } },
  };
}
