import type { StreamRef } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { SyncInProgressError, ValidationError } from '../errors.ts';
import type { Actor } from '../lib/actor.ts';
import { newId } from '../lib/typeid.ts';
import { changeSourceConnection } from '../source-connection/facets.ts';
import { getLiveSourceConnection, sourceConnections, streamsOf } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { findActiveSyncJob } from './read.ts';
import type { SyncJobMode, SyncJobTrigger } from './status.ts';
import { type SyncJob, SyncJobEntity, type SyncJobStream } from './sync-job.entity.ts';
import { recordTransition } from './transition.ts';

/** Attempts that one job gets: a worker lost this often will be lost again. */
const maxAttempts = 10;

export const ifRunningChoices = ['REJECT', 'ATTACH'] as const;

/** Streams by name; without `namespace` in every namespace. */
export type StreamChoice = readonly { readonly name: string; readonly namespace?: string | null | undefined }[] | null | undefined;

export interface StartSyncInput {
  readonly id: string;
  readonly mode: Exclude<SyncJobMode, 'CLEAR'>;
  /** Absent = every configured stream. */
  readonly streams?: StreamChoice;
  readonly ifRunning: (typeof ifRunningChoices)[number];
}

/** Asks for a sync. The row is the answer; a worker takes it up. @throws NotFoundError ValidationError SyncInProgressError */
export async function startSync(ctx: Ctx, input: StartSyncInput): Promise<{ syncJob: SyncJob; sourceConnection: SourceConnection }> {
  await getLiveSourceConnection(ctx, input.id);
  const started = await inTransaction(ctx, async (tx) => {
    const sourceConnection = sourceConnections.toRow(
      await tx.db.selectFrom('source_connection').selectAll().where('id', '=', input.id).executeTakeFirstOrThrow(),
    );
    const active = await findActiveSyncJob(tx.db, input.id);
    if (active && input.ifRunning === 'REJECT') throw new SyncInProgressError(active.id);
    if (active) return { syncJob: active, sourceConnection };
    const streams = chooseStreams(await streamsOf(tx.db, input.id), input.streams);
    return insertSyncJob(tx, { sourceConnection, streams, mode: input.mode, trigger: 'MANUAL', actor: ctx.actor });
  });
  if (started.syncJob.status === 'PENDING') ctx.queue.enqueue(started.syncJob.id);
  return started;
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
}

export async function insertSyncJob(
  tx: Transaction,
  { sourceConnection, streams, mode, trigger, actor }: NewSyncJob,
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
    attempt: 1,
    maxAttempts,
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
  };
  await tx.em.insert(SyncJobEntity, syncJob);
  await recordTransition(tx, syncJob, null, actor, null, now);
  return {
    syncJob,
    sourceConnection: await changeSourceConnection(tx, sourceConnection.id, { activeSyncJobId: syncJob.id, latestSyncJobId: syncJob.id }),
  };
}

export function pendingStream({ name, namespace }: StreamRef): SyncJobStream {
  return { name, namespace, status: 'PENDING', recordsRead: 0, bytesRead: 0, failure: null };
}
