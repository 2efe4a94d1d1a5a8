import type { Services } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import type { Progress, StreamProgress } from '../records/store.ts';
import { ConfiguredStreamEntity } from '../source-connection/configured-stream.entity.ts';
import type { ClaimedJob } from './claim.ts';
import type { SyncJobStatus } from './status.ts';
import { SyncJobEntity, type SyncJobStream } from './sync-job.entity.ts';
import { progressTopic } from './transition.ts';

/** Why a worker has to let go of its job. */
export type LetGo = 'cancelled' | 'shutdown' | 'paused' | 'lost' | 'timeout';

/** Thrown through the run when the worker has to let go. */
export class LetGoError extends Error {
  readonly reason: LetGo;

  constructor(reason: LetGo) {
    super(`the worker has to let go of its job: ${reason}`);
    this.name = 'LetGoError';
    this.reason = reason;
  }
}

/** Says that the worker lives, three times a lease. `letGo` is called when the row says that the job is not ours any more. */
export function keepLease(services: Services, { job, leaseToken }: ClaimedJob, letGo: (reason: LetGo) => void): { stop(): void } {
  const beat = async () => {
    const kept = await inTransaction(services, (tx) =>
      tx.em.nativeUpdate(
        SyncJobEntity,
        { id: job.id, status: 'RUNNING', leaseToken, pauseRequested: false },
        { leaseExpiresAt: new Date(Date.now() + services.config.jobLeaseMs) },
      ),
    );
    if (kept === 0) letGo(await whyLost(services, { job, leaseToken }));
  };
  const timer = setInterval(() => {
    // A failed beat is not yet a lost lease: the next one may go through, and the fence holds in any case.
    beat().catch((error: unknown) => services.log.warn({ err: error, syncJobId: job.id }, 'a heartbeat failed'));
  }, services.config.jobLeaseMs / 3);
  return { stop: () => clearInterval(timer) };
}

/**
 * Copies what the record store committed to the rows that clients read, and prolongs the lease. Also copies for a job that is being
 * cancelled: what was committed stays, so it has to be counted.
 * @throws LetGoError after the copy when the job is being cancelled, instead of it when somebody else has the job
 */
export async function copyProgress(
  services: Services,
  claimed: ClaimedJob,
  progress: Progress,
  streams: readonly SyncJobStream[],
  { cameFurther }: { readonly cameFurther: boolean },
): Promise<void> {
  const { job, leaseToken } = claimed;
  const { counters } = progress;
  const status = await inTransaction(services, async (tx) => {
    const raw = await tx.db
      .selectFrom('sync_job')
      .select(['version', 'status'])
      .where('id', '=', job.id)
      .where('status', 'in', ['RUNNING', 'CANCELLING'])
      .where('lease_token', '=', leaseToken)
      .executeTakeFirst();
    if (!raw) return undefined;
    await tx.em.nativeUpdate(
      SyncJobEntity,
      { id: job.id },
      {
        version: Number(raw['version']) + 1,
        recordsRead: counters.read,
        recordsInserted: counters.inserted,
        recordsUpdated: counters.updated,
        recordsDeleted: counters.deleted,
        recordsUnchanged: counters.unchanged,
        recordsRejected: counters.rejected,
        bytesRead: counters.bytesRead,
        streams: [...streams],
        ...(cameFurther ? { fruitlessAttempts: 0 } : {}),
        ...(raw['status'] === 'RUNNING' ? { leaseExpiresAt: new Date(Date.now() + services.config.jobLeaseMs) } : {}),
      },
    );
    for (const stream of progress.streams) await copyStream(tx.em, job.sourceConnectionId, stream);
    tx.publish(progressTopic(job.id));
    return raw['status'] as SyncJobStatus;
  });
  if (status !== 'RUNNING') throw new LetGoError(status === 'CANCELLING' ? 'cancelled' : 'lost');
}

async function copyStream(em: Transaction['em'], sourceConnectionId: string, { name, namespace, state, recordCount }: StreamProgress): Promise<void> {
  await em.nativeUpdate(ConfiguredStreamEntity, { sourceConnectionId, name, namespace }, { state, recordCount, stateForgotten: false });
}

async function whyLost(services: Services, { job, leaseToken }: ClaimedJob): Promise<LetGo> {
  const row = await services.db
    .selectFrom('sync_job')
    .select(['status', 'lease_token', 'pause_requested'])
    .where('id', '=', job.id)
    .executeTakeFirst();
  if (row?.['lease_token'] !== leaseToken) return 'lost';
  if (row['status'] === 'CANCELLING') return 'cancelled';
  return row['pause_requested'] ? 'paused' : 'lost';
}
