import type { StreamRef } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { SyncInProgressError, ValidationError } from '../errors.ts';
import { once, type Settle } from '../idempotency/once.ts';
import type { Actor } from '../lib/actor.ts';
import { newId } from '../lib/typeid.ts';
import { changeSourceConnection } from '../source-connection/facets.ts';
import { getLiveSourceConnection, getSourceConnection, streamsOf } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { requestCancel } from './cancel.ts';
import { findActiveSyncJob, findQueuedSyncJob, findSyncJob, getSyncJob } from './read.ts';
import { isTerminal, type SyncJobMode, type SyncJobTrigger } from './status.ts';
import { type SyncJob, SyncJobEntity, type SyncJobStream } from './sync-job.entity.ts';
import { recordTransition } from './transition.ts';

/** Attempts in a row that a job gets without coming any further. */
const maxAttempts = 5;

export const ifRunningChoices = ['REJECT', 'ATTACH', 'QUEUE', 'REPLACE'] as const;

/** Streams by name; without `namespace` in every namespace. */
export type StreamChoice = readonly { readonly name: string; readonly namespace?: string | null | undefined }[] | null | undefined;

export interface StartSyncInput {
  readonly id: string;
  readonly mode: Exclude<SyncJobMode, 'CLEAR'>;
  /** Absent = every configured stream. */
  readonly streams?: StreamChoice;
  readonly ifRunning: (typeof ifRunningChoices)[number];
  readonly idempotencyKey?: string | null | undefined;
}

export interface StartedSync {
  readonly syncJob: SyncJob;
  readonly sourceConnection: SourceConnection;
}

interface Started extends StartedSync {
  /** The job that has to stop first. */
  readonly cancelling?: string;
}

/** Asks for a sync. The row is the answer; a worker takes it up. @throws NotFoundError ValidationError SyncInProgressError ConflictError */
export async function startSync(ctx: Ctx, { idempotencyKey, ...input }: StartSyncInput): Promise<StartedSync> {
  const started = await once<Started>(ctx, {
    mutation: 'runSourceConnection',
    key: idempotencyKey,
    input,
    work: (settle) => inTransaction(ctx, (tx) => start(tx, ctx, input, settle)),
    async recall(ids) {
      const syncJob = await getSyncJob(ctx, ids['syncJob'] ?? '');
      return { syncJob, sourceConnection: await getSourceConnection(ctx, syncJob.sourceConnectionId) };
    },
  });
  if (started.cancelling) ctx.queue.interrupt(started.cancelling, 'cancelled');
  if (started.syncJob.status === 'PENDING') ctx.queue.enqueue(started.syncJob.id);
  return started;
}

async function start(tx: Transaction, ctx: Ctx, input: StartSyncInput, settle: Settle): Promise<Started> {
  const sourceConnection = await getLiveSourceConnection(tx, input.id);
  const active = await findActiveSyncJob(tx.db, input.id);
  if (active && input.ifRunning === 'REJECT') throw new SyncInProgressError(active.id);
  const streams = chooseStreams(await streamsOf(tx.db, input.id), input.streams);
  const job = { sourceConnection, streams, mode: input.mode, trigger: 'MANUAL', actor: ctx.actor } as const;
  const started = active ? await besideActive(tx, active, input.ifRunning, job) : await insertSyncJob(tx, job);
  await settle(tx, { syncJob: started.syncJob.id });
  return started;
}

/** One job may wait behind the active one. REPLACE ends the active one and whatever waits behind it. */
async function besideActive(tx: Transaction, active: SyncJob, ifRunning: StartSyncInput['ifRunning'], job: NewSyncJob): Promise<Started> {
  const { sourceConnection } = job;
  if (ifRunning !== 'REPLACE') {
    const found = ifRunning === 'QUEUE' ? await findQueuedSyncJob(tx.db, sourceConnection.id) : active;
    return found ? { syncJob: found, sourceConnection } : insertSyncJob(tx, { ...job, queued: true });
  }
  const queued = await findQueuedSyncJob(tx.db, sourceConnection.id);
  for (const { id } of queued ? [queued, active] : [active]) await requestCancel(tx, id, job.actor, 'another run takes its place');
  const now = await findSyncJob(tx.db, active.id);
  if (!now || isTerminal(now.status)) return insertSyncJob(tx, job);
  return { ...(await insertSyncJob(tx, { ...job, queued: true })), cancelling: active.id };
}

/** @throws ValidationError for a stream that there is not */
export function chooseStreams(configured: readonly StreamRef[], wanted: StreamChoice): readonly StreamRef[] {
  if (!wanted) return configured;
  if (wanted.length === 0) throw new ValidationError([{ path: ['streams'], message: 'Name at least one stream, or leave it out for all.' }]);
  const issues = wanted.flatMap(({ name, namespace }, index) => {
    const known = configured.some((stream) => stream.name === name && (namespace == null || stream.namespace === namespace));
    return known ? [] : [{ path: ['streams', String(index), 'name'], message: 'This source connection has no such stream.' }];
  });
  if (issues.length > 0) throw new ValidationError(issues);
  return configured.filter((stream) =>
    wanted.some(({ name, namespace }) => stream.name === name && (namespace == null || stream.namespace === namespace)),
  );
}

export interface NewSyncJob {
  readonly sourceConnection: SourceConnection;
  /** Empty when the streams are not known yet: the first job discovers them. */
  readonly streams: readonly StreamRef[];
  readonly mode: SyncJobMode;
  readonly trigger: SyncJobTrigger;
  readonly actor: Actor;
  /** The time of the run in its schedule, each once for a connection. */
  readonly scheduledFor?: Date;
  /** Why it was started, for the first transition. */
  readonly reason?: string;
  /** Begins when the active job has ended. @default false */
  readonly queued?: boolean;
}

export async function insertSyncJob(
  tx: Transaction,
  { sourceConnection, streams, mode, trigger, actor, scheduledFor, reason, queued = false }: NewSyncJob,
): Promise<{ syncJob: SyncJob; sourceConnection: SourceConnection }> {
  const now = new Date();
  const syncJob: SyncJob = {
    id: newId('job'),
    organizationId: sourceConnection.organizationId,
    collectionId: sourceConnection.collectionId,
    sourceConnectionId: sourceConnection.id,
    version: 1,
    status: 'PENDING',
    trigger,
    mode,
    requestedBy: actor,
    scheduledFor: scheduledFor ?? null,
    attempt: 1,
    maxAttempts,
    fruitlessAttempts: 0,
    pauseRequested: false,
    queued,
    waitReason: null,
    resumeAt: null,
    recordsRead: 0,
    recordsInserted: 0,
    recordsUpdated: 0,
    recordsDeleted: 0,
    recordsUnchanged: 0,
    recordsRejected: 0,
    bytesRead: 0,
    streams: streams.map(pendingStream),
    failure: null,
    transitionCount: 1,
    leaseToken: null,
    leaseExpiresAt: null,
    createdAt: now,
    startedAt: null,
    completedAt: null,
    logPrunedTo: 0,
    logPruned: false,
  };
  await tx.em.insert(SyncJobEntity, syncJob);
  await recordTransition(tx, syncJob, null, actor, reason ?? (queued ? 'waits until the active job has ended' : null), now);
  if (queued) return { syncJob, sourceConnection };
  return {
    syncJob,
    sourceConnection: await changeSourceConnection(tx, sourceConnection.id, { activeSyncJobId: syncJob.id, latestSyncJobId: syncJob.id }),
  };
}

export function pendingStream({ name, namespace }: StreamRef): SyncJobStream {
  return { name, namespace, status: 'PENDING', recordsRead: 0, bytesRead: 0, failure: null };
}
