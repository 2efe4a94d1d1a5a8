import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import type { LeasedJob, LeaseWatch } from './lease-watch.ts';
import { findSyncJob } from './read.ts';
import { reportJob } from './report.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { type Move, moveSyncJob } from './transition.ts';

/**
 * Takes jobs from workers that fell silent: what was being cancelled is CANCELLED, the others wait for the next worker, which goes on from
 * the last checkpoint, or FAILED when that happened too often. One that cannot be taken now does not keep the others from it.
 * @param watch knows who fell silent; leave it out at start, when no worker of the former process can be alive
 * @returns the ids of the jobs that were taken
 */
export async function takeOverLostJobs(services: Services, watch?: LeaseWatch): Promise<string[]> {
  const rows = await services.db
    .selectFrom('sync_job')
    .select(['id', 'lease_token', 'lease_expires_at'])
    .where('status', 'in', ['RUNNING', 'CANCELLING'])
    .execute();
  const leased = rows.map(
    (row): LeasedJob => ({
      id: row['id'] as string,
      leaseToken: row['lease_token'] as string | null,
      lifeSign: row['lease_expires_at'] === null ? null : Number(row['lease_expires_at']),
    }),
  );
  const taken: string[] = [];
  for (const lost of watch ? watch.silentOf(leased) : leased) {
    try {
      if (await giveUpOn(services, lost.id, lost)) taken.push(lost.id);
    } catch (error) {
      services.log.error({ err: error, syncJobId: lost.id }, 'a lost sync job could not be taken over yet');
    }
  }
  return taken;
}

export interface GiveUpOptions {
  /** Only from this worker. */
  readonly leaseToken?: string | null;
  /** Only if this is its last sign of life. */
  readonly lifeSign?: number | null;
}

/**
 * Takes one job from a worker that is known to be gone.
 * @returns whether it was: false when the worker had ended it, has given a sign of life, or another one holds it
 */
export async function giveUpOn(services: Services, id: string, { leaseToken, lifeSign }: GiveUpOptions = {}): Promise<boolean> {
  const moved = await inTransaction(services, async (tx) => {
    const job = await findSyncJob(tx.db, id);
    if (!job || (leaseToken !== undefined && job.leaseToken !== leaseToken)) return undefined;
    if (lifeSign !== undefined && (job.leaseExpiresAt?.getTime() ?? null) !== lifeSign) return undefined;
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
