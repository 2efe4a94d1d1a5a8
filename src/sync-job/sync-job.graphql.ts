import { builder } from '../builder.ts';
import type { failureTypes } from '../connector/failures.ts';
import { loadOwn } from '../db/rows.ts';
import { ActorRef } from '../organization/organization.graphql.ts';
import { shownById } from '../paging/preload.ts';
import { sourceConnections } from '../source-connection/read.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { syncJobs } from './read.ts';
import type { failureOrigins, syncJobModes, syncJobStatuses, syncJobStreamStatuses, syncJobTriggers, waitReasons } from './status.ts';
import type { SyncJob, SyncJobFailure, SyncJobStream } from './sync-job.entity.ts';

export const SyncJobStatusEnum = builder.enumType('SyncJobStatus', {
  description: 'Where a sync job is in its life. SUCCEEDED, FAILED and CANCELLED are final.',
  values: {
    PENDING: { description: 'No worker has taken it yet.' },
    RUNNING: { description: 'A worker moves records.' },
    WAITING: { description: 'It goes on later from its last checkpoint; waitReason says for what.' },
    CANCELLING: { description: 'Somebody cancelled it; its worker is stopping.' },
    SUCCEEDED: { description: 'Every stream was read to its end.' },
    FAILED: { description: 'It could not go on; what was committed stays.' },
    CANCELLED: { description: 'It was stopped on request; what was committed stays.' },
  } satisfies Record<(typeof syncJobStatuses)[number], object>,
});

export const SyncJobTriggerEnum = builder.enumType('SyncJobTrigger', {
  description: 'What started a sync job.',
  values: {
    CREATE: { description: 'The creation of the source connection.' },
    MANUAL: { description: 'Somebody ran it.' },
    SCHEDULE: { description: 'The schedule of the source connection.' },
    RETRY: { description: 'Somebody retried a job that had ended.' },
    CONTINUOUS: { description: 'The source connection follows its source: the run right after the last one.' },
  } satisfies Record<(typeof syncJobTriggers)[number], object>,
});

export const SyncJobModeEnum = builder.enumType('SyncJobMode', {
  description: 'What a sync job does.',
  values: {
    INCREMENTAL: { description: 'Each stream by its own sync mode.' },
    FULL_REFRESH: { description: 'Every stream from the beginning, as a new generation that replaces the old one when it is complete.' },
    CLEAR: { description: 'Deletes the records and forgets where the streams were.' },
  } satisfies Record<(typeof syncJobModes)[number], object>,
});

const SyncJobWaitReasonEnum = builder.enumType('SyncJobWaitReason', {
  description: 'What a WAITING job waits for.',
  values: {
    RETRY_BACKOFF: { description: 'The next attempt after a failure that may pass.' },
    SOURCE_RATE_LIMIT: { description: 'The source asked us to slow down.' },
    PAUSED: { description: 'Somebody paused it.' },
    WORKER_LOST: { description: 'Its worker fell silent; the next one counts as a new attempt.' },
    RELEASED: { description: 'Its worker stopped in good order; no attempt is counted.' },
  } satisfies Record<(typeof waitReasons)[number], object>,
});

const SyncJobStreamStatusEnum = builder.enumType('SyncJobStreamStatus', {
  description: 'How far one stream of a job is.',
  values: {
    PENDING: { description: 'Not begun.' },
    RUNNING: { description: 'Its records are coming.' },
    COMPLETE: { description: 'Read to its end.' },
    INCOMPLETE: { description: 'It could not be read to its end; what was committed stays.' },
  } satisfies Record<(typeof syncJobStreamStatuses)[number], object>,
});

const FailureOriginEnum = builder.enumType('FailureOrigin', {
  description: 'Who is to blame for a failure.',
  values: { SOURCE: { description: 'The source, or its configuration.' }, PLATFORM: { description: 'Headgate.' } } satisfies Record<
    (typeof failureOrigins)[number],
    object
  >,
});

const FailureTypeEnum = builder.enumType('FailureType', {
  description: 'What kind of failure it was.',
  values: {
    CONFIG: { description: 'The configuration names something that is not there.' },
    AUTH: { description: 'The source refused the credentials.' },
    RATE_LIMIT: { description: 'The source asked us to slow down.' },
    UNAVAILABLE: { description: 'The source could not be reached.' },
    TRANSIENT: { description: 'Something broke off that may work the next time.' },
    TIMEOUT: { description: 'The source fell silent.' },
    INTERNAL: { description: 'A bug or an outage on our side.' },
  } satisfies Record<(typeof failureTypes)[number], object>,
});

const SyncJobFailureRef = builder.objectRef<SyncJobFailure>('SyncJobFailure').implement({
  description: 'Why a sync job, or one of its streams, failed.',
  fields: (t) => ({
    origin: t.expose('origin', { type: FailureOriginEnum, description: 'Who is to blame.' }),
    type: t.expose('type', { type: FailureTypeEnum, description: 'What kind of failure it was.' }),
    message: t.exposeString('message', { description: 'One sentence for a person; no secret in it.' }),
    stream: t.exposeString('stream', { nullable: true, description: 'The stream that failed; null when it was the whole job.' }),
    retryable: t.exposeBoolean('retryable', { description: 'Whether the same job may well succeed later without anybody changing anything.' }),
  }),
});

const SyncJobStreamRef = builder.objectRef<SyncJobStream>('SyncJobStream').implement({
  description: 'One stream of a sync job.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that the source gives it.' }),
    namespace: t.exposeString('namespace', { nullable: true, description: 'What groups it in the source.' }),
    status: t.expose('status', { type: SyncJobStreamStatusEnum, description: 'How far it is.' }),
    recordsRead: t.expose('recordsRead', { type: 'SafeInt', description: 'Records read by this job.' }),
    bytesRead: t.expose('bytesRead', { type: 'SafeInt', description: 'Bytes of JSON that they make.' }),
    failure: t.expose('failure', { type: SyncJobFailureRef, nullable: true, description: 'Why it is INCOMPLETE.' }),
  }),
});

export const SyncJobRef = builder.loadableNodeRef('SyncJob', {
  id: { resolve: (job: SyncJob) => job.id },
  toKey: ({ id }: SyncJob) => id,
  sort: true,
  load: (ids: string[], ctx) => loadOwn(ctx, syncJobs, ids),
});
SyncJobRef.implement({
  description: 'One sync that was asked for, over all its attempts.',
  fields: (t) => ({
    version: t.exposeInt('version', { description: 'Grows with every visible change: a cache keeps the higher one.' }),
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'What is synced.',
      ...shownById(sourceConnections, ({ sourceConnectionId }: SyncJob) => sourceConnectionId),
    }),
    status: t.expose('status', { type: SyncJobStatusEnum, description: 'Where it is in its life.' }),
    trigger: t.expose('trigger', { type: SyncJobTriggerEnum, description: 'What started it.' }),
    mode: t.expose('mode', { type: SyncJobModeEnum, description: 'What it does.' }),
    requestedBy: t.field({ type: ActorRef, description: 'Who asked for it.', resolve: ({ requestedBy }) => requestedBy }),
    attempt: t.exposeInt('attempt', { description: 'Which try this is, 1 at first.' }),
    maxAttempts: t.exposeInt('maxAttempts', { description: 'How many tries it gets.' }),
    waitReason: t.expose('waitReason', { type: SyncJobWaitReasonEnum, nullable: true, description: 'What it waits for; only while WAITING.' }),
    resumeAt: t.expose('resumeAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it goes on; only while WAITING, null when it waits for a person or a worker.',
    }),
    recordsRead: t.expose('recordsRead', { type: 'SafeInt', description: 'Records that the source gave, over all attempts.' }),
    recordsInserted: t.expose('recordsInserted', { type: 'SafeInt', description: 'Of them, those that were new.' }),
    recordsUpdated: t.expose('recordsUpdated', { type: 'SafeInt', description: 'Of them, those that were there with other data.' }),
    recordsDeleted: t.expose('recordsDeleted', {
      type: 'SafeInt',
      description: 'Stored records that are gone: a full refresh did not find them again, or they were cleared.',
    }),
    recordsUnchanged: t.expose('recordsUnchanged', { type: 'SafeInt', description: 'Of them, those that were there with the same data.' }),
    recordsRejected: t.expose('recordsRejected', {
      type: 'SafeInt',
      description: 'Items of the source that could not become records; the log says why.',
    }),
    bytesRead: t.expose('bytesRead', { type: 'SafeInt', description: 'Bytes of JSON that the records make.' }),
    streams: t.field({ type: [SyncJobStreamRef], description: 'Its streams, one by one.', resolve: ({ streams }) => streams }),
    failure: t.expose('failure', { type: SyncJobFailureRef, nullable: true, description: 'Why it FAILED.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When a worker first took it.' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true, description: 'When it ended, whichever way.' }),
    durationMs: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'Milliseconds from its start to its end, or to now; null before it started.',
      resolve: ({ startedAt, completedAt }) => startedAt && (completedAt ?? new Date()).getTime() - startedAt.getTime(),
    }),
  }),
});

builder.objectFields(SourceConnectionRef, (t) => ({
  latestSyncJob: t.field({
    type: SyncJobRef,
    nullable: true,
    description: 'The newest sync job; null before the first.',
    ...shownById(syncJobs, ({ latestSyncJobId }: SourceConnection) => latestSyncJobId),
  }),
  activeSyncJob: t.field({
    type: SyncJobRef,
    nullable: true,
    description: 'The sync job that is under way; null when none is.',
    ...shownById(syncJobs, ({ activeSyncJobId }: SourceConnection) => activeSyncJobId),
  }),
}));
