import { defineEntity, p } from '@mikro-orm/core';
import type { StreamRef } from '../connector/connector.ts';
import type { FailureType } from '../connector/failures.ts';
import type { RowOf } from '../db/rows.ts';
import type { Actor } from '../lib/actor.ts';
import type { FailureOrigin, SyncJobMode, SyncJobStatus, SyncJobStreamStatus, SyncJobTrigger, SyncJobWaitReason } from './status.ts';

export interface SyncJobFailure {
  readonly origin: FailureOrigin;
  readonly type: FailureType;
  readonly message: string;
  readonly stream: string | null;
  readonly retryable: boolean;
}

export interface SyncJobStream extends StreamRef {
  readonly status: SyncJobStreamStatus;
  readonly recordsRead: number;
  readonly bytesRead: number;
  readonly failure: SyncJobFailure | null;
}

export const SyncJobEntity = defineEntity({
  name: 'SyncJob',
  tableName: 'sync_job',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    collectionId: p.string(),
    sourceConnectionId: p.string(),
    version: p.integer(),
    status: p.string().$type<SyncJobStatus>(),
    trigger: p.string().$type<SyncJobTrigger>(),
    mode: p.string().$type<SyncJobMode>(),
    requestedBy: p.json<Actor>(),
    /** The time of the run in its schedule, each once for a connection; `null` when no schedule asked for it. */
    scheduledFor: p.datetime().nullable(),
    attempt: p.integer(),
    maxAttempts: p.integer(),
    /** How often it broke off since it last came any further. */
    fruitlessAttempts: p.integer(),
    /** Somebody wants it to pause; its worker lets go of it as soon as it can. */
    pauseRequested: p.boolean(),
    /** Waits for the end of the active job of its source connection. */
    queued: p.boolean(),
    waitReason: p.string().$type<SyncJobWaitReason>().nullable(),
    resumeAt: p.datetime().nullable(),
    recordsRead: p.bigint('number'),
    recordsInserted: p.bigint('number'),
    recordsUpdated: p.bigint('number'),
    recordsDeleted: p.bigint('number'),
    recordsUnchanged: p.bigint('number'),
    recordsRejected: p.bigint('number'),
    bytesRead: p.bigint('number'),
    streams: p.json<SyncJobStream[]>(),
    failure: p.json<SyncJobFailure | null>().nullable(),
    /** How many transitions there are: the sequence of the last one. */
    transitionCount: p.integer(),
    /** The fence: a worker writes only while this is still its own token. */
    leaseToken: p.string().nullable(),
    leaseExpiresAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    completedAt: p.datetime().nullable(),
    /** The cursor up to which its log was pruned; 0 = nothing of it was. */
    logPrunedTo: p.bigint('number'),
    /** Nothing of its log is left to prune. */
    logPruned: p.boolean(),
  },
});
export type SyncJob = RowOf<typeof SyncJobEntity>;
