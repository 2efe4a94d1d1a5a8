import { builder } from '../builder.ts';
import { InvalidTransitionError, NotFoundError, SyncInProgressError, ValidationError } from '../errors.ts';
import { pauseSyncJob } from './pause.ts';
import { resumeSyncJob } from './resume.ts';
import { retrySyncJob } from './retry.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { SyncJobRef } from './sync-job.graphql.ts';

const PauseSyncJobInput = builder.inputType('PauseSyncJobInput', {
  description: 'Which sync job to pause.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the sync job.' }) }),
});

const PauseSyncJobPayload = builder.objectRef<{ syncJob: SyncJob }>('PauseSyncJobPayload').implement({
  description: 'The job, which pauses now.',
  fields: (t) => ({
    syncJob: t.field({
      type: SyncJobRef,
      description: 'The job: still RUNNING until its worker has let go of it, then WAITING with the reason PAUSED.',
      resolve: ({ syncJob }) => syncJob,
    }),
  }),
});

builder.mutationField('pauseSyncJob', (t) =>
  t.field({
    type: PauseSyncJobPayload,
    description: 'Pauses a job that is RUNNING or WAITING: what it has read is committed, and its worker is free for others. The answer is durable.',
    errors: { types: [ValidationError, NotFoundError, InvalidTransitionError] },
    args: { input: t.arg({ type: PauseSyncJobInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ syncJob: await pauseSyncJob(ctx, input.id) }),
  }),
);

const ResumeSyncJobInput = builder.inputType('ResumeSyncJobInput', {
  description: 'Which sync job to resume.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the sync job.' }) }),
});

const ResumeSyncJobPayload = builder.objectRef<{ syncJob: SyncJob }>('ResumeSyncJobPayload').implement({
  description: 'The job, which goes on as soon as a worker is free.',
  fields: (t) => ({
    syncJob: t.field({ type: SyncJobRef, description: 'The job; RUNNING follows.', resolve: ({ syncJob }) => syncJob }),
  }),
});

builder.mutationField('resumeSyncJob', (t) =>
  t.field({
    type: ResumeSyncJobPayload,
    description: 'Lets a paused job go on from its last checkpoint; one that waits to try again tries now.',
    errors: { types: [ValidationError, NotFoundError, InvalidTransitionError] },
    args: { input: t.arg({ type: ResumeSyncJobInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ syncJob: await resumeSyncJob(ctx, input.id) }),
  }),
);

const RetrySyncJobInput = builder.inputType('RetrySyncJobInput', {
  description: 'Which sync job to do again.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of a FAILED or CANCELLED sync job.' }) }),
});

const RetrySyncJobPayload = builder.objectRef<{ syncJob: SyncJob }>('RetrySyncJobPayload').implement({
  description: 'The new job.',
  fields: (t) => ({ syncJob: t.field({ type: SyncJobRef, description: 'A new job with the trigger RETRY.', resolve: ({ syncJob }) => syncJob }) }),
});

builder.mutationField('retrySyncJob', (t) =>
  t.field({
    type: RetrySyncJobPayload,
    description: 'Starts a new job that does what a FAILED or CANCELLED one should have done: the same mode and streams, from where those came to.',
    errors: { types: [ValidationError, NotFoundError, InvalidTransitionError, SyncInProgressError] },
    args: { input: t.arg({ type: RetrySyncJobInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ syncJob: await retrySyncJob(ctx, input.id) }),
  }),
);
