import { builder } from '../builder.ts';
import { ConflictError, InvalidTransitionError, NotFoundError, SyncInProgressError, ValidationError } from '../errors.ts';
import { idempotencyKeyField } from '../idempotency/field.graphql.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { StreamRefInput } from '../source-connection/stream.graphql.ts';
import { UserErrorInterface } from '../user-error.graphql.ts';
import { cancelSyncJob } from './cancel.ts';
import { type ifRunningChoices, startSync } from './start.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { SyncJobModeEnum, SyncJobRef } from './sync-job.graphql.ts';

builder.objectType(SyncInProgressError, {
  name: 'SyncInProgressError',
  description: 'Another sync job of the source connection is active. Wait for it, cancel it, or attach to it with ifRunning: ATTACH.',
  interfaces: [UserErrorInterface],
  fields: (t) => ({ syncJob: t.field({ type: SyncJobRef, description: 'The job that is active.', resolve: ({ syncJobId }) => syncJobId }) }),
});

const IfRunningEnum = builder.enumType('IfRunning', {
  description: 'What to do when a job of the source connection is active already.',
  values: {
    REJECT: { description: 'Answer with SyncInProgressError.' },
    ATTACH: { description: 'Answer with the active job.' },
    QUEUE: { description: 'Have a job wait behind the active one; when one waits there already, answer with that.' },
    REPLACE: { description: 'Cancel the active job, and whatever waits behind it, and start when it has stopped.' },
  } satisfies Record<(typeof ifRunningChoices)[number], object>,
});

const RunSourceConnectionInput = builder.inputType('RunSourceConnectionInput', {
  description: 'What to sync.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the source connection.' }),
    mode: t.field({ type: SyncJobModeEnum, required: true, defaultValue: 'INCREMENTAL', description: 'INCREMENTAL or FULL_REFRESH.' }),
    streams: t.field({ type: [StreamRefInput], description: 'Only these streams; all when left out.' }),
    ifRunning: t.field({ type: IfRunningEnum, required: true, defaultValue: 'REJECT', description: 'What to do when a job is active already.' }),
    idempotencyKey: idempotencyKeyField(t),
  }),
});

const RunSourceConnectionPayload = builder
  .objectRef<{ syncJob: SyncJob; sourceConnection: SourceConnection }>('RunSourceConnectionPayload')
  .implement({
    description: 'The sync job; subscribe to its transitions or its progress.',
    fields: (t) => ({
      syncJob: t.field({ type: SyncJobRef, description: 'The new job, or the active one.', resolve: ({ syncJob }) => syncJob }),
      sourceConnection: t.field({
        type: SourceConnectionRef,
        description: 'The source connection, SYNCING now.',
        resolve: ({ sourceConnection }) => sourceConnection,
      }),
    }),
  });

builder.mutationField('runSourceConnection', (t) =>
  t.field({
    type: RunSourceConnectionPayload,
    description: 'Starts a sync job. One source connection has at most one active job.',
    errors: { types: [ValidationError, NotFoundError, SyncInProgressError, InvalidTransitionError, ConflictError] },
    args: { input: t.arg({ type: RunSourceConnectionInput, required: true, description: 'What to sync.' }) },
    resolve: (_root, { input }, ctx) => {
      const { mode } = input;
      if (mode === 'CLEAR') throw new ValidationError([{ path: ['mode'], message: 'Use INCREMENTAL or FULL_REFRESH.' }]);
      return startSync(ctx, { ...input, mode });
    },
  }),
);

const CancelSyncJobInput = builder.inputType('CancelSyncJobInput', {
  description: 'Which sync job to cancel.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the sync job.' }) }),
});

const CancelSyncJobPayload = builder.objectRef<{ syncJob: SyncJob }>('CancelSyncJobPayload').implement({
  description: 'The job, CANCELLED already or CANCELLING.',
  fields: (t) => ({
    syncJob: t.field({ type: SyncJobRef, description: 'The job, CANCELLED already or CANCELLING.', resolve: ({ syncJob }) => syncJob }),
  }),
});

builder.mutationField('cancelSyncJob', (t) =>
  t.field({
    type: CancelSyncJobPayload,
    description: 'Cancels a sync job. The answer is durable; its work stops within 10 seconds. What was committed stays.',
    errors: { types: [ValidationError, NotFoundError, InvalidTransitionError] },
    args: { input: t.arg({ type: CancelSyncJobInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ syncJob: await cancelSyncJob(ctx, input.id) }),
  }),
);
