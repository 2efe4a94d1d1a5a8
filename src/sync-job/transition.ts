import type { Transaction } from '../db/transaction.ts';
import type { Actor } from '../lib/actor.ts';
import { newId } from '../lib/typeid.ts';
import { claimableTopic } from '../queue/queue.ts';
import { type ConnectionChanges, changeSourceConnection } from '../source-connection/facets.ts';
import { sourceConnections } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { failuresUntilPaused } from '../source-connection/status.ts';
import { enqueueEvent } from '../webhook/enqueue.ts';
import { continuation } from './continuation.ts';
import { findQueuedSyncJob, findSyncJob } from './read.ts';
import { isTerminal, mayFollow, type SyncJobStatus } from './status.ts';
import { type SyncJob, SyncJobEntity } from './sync-job.entity.ts';
import { type SyncJobTransition, SyncJobTransitionEntity } from './sync-job-transition.entity.ts';

/** The topic that wakes whoever watches transitions. */
export const transitionTopic = 'sync-job-transitions';
/** The topic that wakes whoever watches the counters of one job. */
export const progressTopic = (syncJobId: string) => `sync-job:${syncJobId}`;

export interface Move {
  readonly to: SyncJobStatus;
  /** Only from one of these. @default every status that `to` may follow */
  readonly from?: readonly SyncJobStatus[];
  readonly actor: Actor;
  readonly reason?: string;
  /** The fence of a worker: it moves the job only while the lease is its own. */
  readonly leaseToken?: string;
  /** Other columns that change with the status. */
  readonly set?: Partial<Omit<SyncJob, 'id' | 'status' | 'version' | 'transitionCount'>>;
}

/**
 * Moves a job along one arrow, and writes the transition and the status of its source connection in the same transaction.
 * Resolves to nothing when the race was lost: the job is elsewhere by now, or another worker holds it.
 */
export async function moveSyncJob(tx: Transaction, id: string, { to, from, actor, reason, leaseToken, set }: Move): Promise<SyncJob | undefined> {
  const before = await findSyncJob(tx.db, id);
  if (!before || !mayFollow(before.status, to)) return undefined;
  if (from && !from.includes(before.status)) return undefined;
  if (leaseToken !== undefined && before.leaseToken !== leaseToken) return undefined;
  const now = new Date();
  const pauses = to === 'WAITING' && before.pauseRequested;
  const changes = {
    waitReason: null,
    resumeAt: null,
    pauseRequested: false,
    ...(isTerminal(to) || to === 'WAITING' ? { leaseToken: null, leaseExpiresAt: null } : {}),
    ...(isTerminal(to)
      ? {
          completedAt: now,
          streams: before.streams.map((stream) => (stream.status === 'RUNNING' ? { ...stream, status: 'INCOMPLETE' as const } : stream)),
        }
      : {}),
    ...set,
    // A pause that was asked for holds, for whatever reason the worker let go of the job.
    ...(pauses ? { waitReason: 'PAUSED' as const, resumeAt: null } : {}),
    ...(isTerminal(to) ? { queued: false } : {}),
    status: to,
    version: before.version + 1,
    transitionCount: before.transitionCount + 1,
  };
  // The status is named again: on an engine without one writer the row may have moved since it was read.
  const moved = await tx.em.nativeUpdate(SyncJobEntity, { id, status: before.status }, changes);
  if (moved === 0) return undefined;
  const after: SyncJob = { ...before, ...changes };
  await recordTransition(tx, after, before.status, actor, reason ?? null, now);
  if (isTerminal(to) && !before.queued) await tellSourceConnection(tx, after, now);
  return after;
}

async function tellSourceConnection(tx: Transaction, job: SyncJob, now: Date): Promise<void> {
  const id = job.sourceConnectionId;
  const connection = sourceConnections.toSharedRow(
    await tx.db.selectFrom('source_connection').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );
  await changeSourceConnection(tx, id, {
    ...(await startQueued(tx, id)),
    ...(await verdict(tx, job, connection)),
    ...continuation(job, connection, now),
  });
}

/** The active job has ended: the one that waited behind it, where there is one, takes its place. */
async function startQueued(tx: Transaction, sourceConnectionId: string): Promise<ConnectionChanges> {
  const next = await findQueuedSyncJob(tx.db, sourceConnectionId);
  if (!next) return { activeSyncJobId: null };
  await tx.em.nativeUpdate(SyncJobEntity, { id: next.id }, { queued: false, version: next.version + 1 });
  tx.publish(progressTopic(next.id));
  tx.publish(claimableTopic);
  return { activeSyncJobId: next.id, latestSyncJobId: next.id };
}

/** Changes what a job says of itself without moving it: no transition, but a new version for whoever watches it. */
export async function amendSyncJob(
  tx: Transaction,
  job: SyncJob,
  changes: Pick<Partial<SyncJob>, 'waitReason' | 'resumeAt' | 'pauseRequested'>,
): Promise<SyncJob> {
  const after: SyncJob = { ...job, ...changes, version: job.version + 1 };
  await tx.em.nativeUpdate(SyncJobEntity, { id: job.id }, { ...changes, version: after.version });
  tx.publish(progressTopic(job.id));
  return after;
}

export async function recordTransition(
  tx: Transaction,
  job: SyncJob,
  from: SyncJobStatus | null,
  actor: Actor,
  reason: string | null,
  at: Date,
): Promise<void> {
  const { organizationId, sourceConnectionId } = job;
  const transition: Omit<SyncJobTransition, 'cursor'> = {
    id: newId('tr'),
    organizationId,
    collectionId: job.collectionId,
    sourceConnectionId,
    syncJobId: job.id,
    sequence: job.transitionCount,
    from,
    to: job.status,
    occurredAt: at,
    actor,
    reason,
    attempt: job.attempt,
  };
  await tx.em.insert(SyncJobTransitionEntity, transition);
  tx.publish(transitionTopic);
  tx.publish(progressTopic(job.id));
  // The e-mail of whoever did it is nobody else's business.
  const data = () => ({ ...transition, actor: { kind: actor.kind, id: actor.id, name: actor.name } });
  await enqueueEvent(tx, { event: 'SYNC_JOB_TRANSITION', organizationId, sourceConnectionId, at, data });
}

/** What the end of a job says about its source connection. A cancelled job decides nothing. */
async function verdict(tx: Transaction, job: SyncJob, connection: SourceConnection): Promise<ConnectionChanges> {
  // Clearing records asks nothing of the source.
  if (job.mode === 'CLEAR') return {};
  if (job.status === 'SUCCEEDED')
    return { lastSucceededAt: job.completedAt, lastFailure: null, credentialsRefused: false, verified: true, consecutiveFailures: 0 };
  if (job.status !== 'FAILED') return {};
  const failed = { lastFailure: job.failure?.message ?? 'The last sync job failed.', ...countFailure(connection) };
  if (job.failure?.origin !== 'SOURCE' || job.failure.type !== 'AUTH') return failed;
  return (await hasNewCredentials(tx, job)) ? {} : { ...failed, credentialsRefused: true };
}

/** A source connection whose jobs only fail is paused, so that nobody's nights are spent on it. */
function countFailure(connection: SourceConnection): ConnectionChanges {
  const consecutiveFailures = connection.consecutiveFailures + 1;
  const pauses = consecutiveFailures >= failuresUntilPaused && connection.pausedAt === null;
  return { consecutiveFailures, ...(pauses ? { pausedAt: new Date(), pauseReason: 'AUTO_FAILURES' as const } : {}) };
}

/** A job keeps the credentials it started with; that these were refused says nothing about those that took their place. */
async function hasNewCredentials(tx: Transaction, job: SyncJob): Promise<boolean> {
  const row = await tx.db
    .selectFrom('source_connection')
    .innerJoin('credential', 'credential.id', 'source_connection.credential_id')
    .select('credential.rotated_at')
    .where('source_connection.id', '=', job.sourceConnectionId)
    .executeTakeFirst();
  return row !== undefined && job.startedAt !== null && new Date(row['rotated_at'] as number | Date) > job.startedAt;
}
