import { builder } from '../builder.ts';
import { issuesOf } from '../connector/validate.ts';
import {
  ConflictError,
  ConnectionTestFailedError,
  InvalidCredentialsError,
  NotFoundError,
  SourceUnavailableError,
  ValidationError,
} from '../errors.ts';
import { idempotencyKeyField } from '../idempotency/field.graphql.ts';
import { ScheduleInput } from '../schedule/schedule.graphql.ts';
import { textsRule } from '../source-connection/fields.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { StreamInput } from '../source-connection/stream.graphql.ts';
import { SyncJobRef } from '../sync-job/sync-job.graphql.ts';
import { cloneSourceConnection } from './clone.ts';
import { CollectionRefInput, chosenCollection } from './create.graphql.ts';
import type { Created } from './create.ts';

const CloneSourceConnectionInput = builder.inputType('CloneSourceConnectionInput', {
  description: 'A new source connection like another one. What is left out is as in the original.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the original.' }),
    name: t.string({ required: true, description: 'What to show, 4 to 42 characters.' }),
    collection: t.field({ type: CollectionRefInput, description: 'Where its records go; where those of the original go when left out.' }),
    config: t.field({ type: 'JSONObject', description: 'The fields of its config that differ.' }),
    credentials: t.field({
      type: 'JSONObject',
      description: 'New credentials, all of them. The stored ones are copied when left out, which is possible only for the same system.',
    }),
    streams: t.field({ type: [StreamInput], description: 'What to sync.' }),
    schedule: t.field({ type: ScheduleInput, description: 'When it runs by itself.' }),
    metadata: t.field({ type: 'JSONObject', description: 'Your own pairs of texts; replaces those of the original.' }),
    syncImmediately: t.boolean({ required: true, defaultValue: false, description: 'Whether to start the first sync job right away.' }),
    idempotencyKey: idempotencyKeyField(t),
  }),
});

const CloneSourceConnectionPayload = builder.objectRef<Created>('CloneSourceConnectionPayload').implement({
  description: 'What was created.',
  fields: (t) => ({
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'The new source connection.',
      resolve: ({ sourceConnection }) => sourceConnection,
    }),
    syncJob: t.field({
      type: SyncJobRef,
      nullable: true,
      description: 'The first sync job; null when none was asked for.',
      resolve: ({ syncJob }) => syncJob,
    }),
  }),
});

builder.mutationField('cloneSourceConnection', (t) =>
  t.field({
    type: CloneSourceConnectionPayload,
    description: 'Creates a source connection like another one, tested like any new one, with no records, state or failures of the original.',
    errors: { types: [ValidationError, NotFoundError, InvalidCredentialsError, SourceUnavailableError, ConnectionTestFailedError, ConflictError] },
    args: { input: t.arg({ type: CloneSourceConnectionInput, required: true, description: 'What to clone, and what is different.' }) },
    resolve: (_root, { input }, ctx) => {
      const texts = textsRule.safeParse({ name: input.name, metadata: input.metadata });
      if (!texts.success) throw new ValidationError(issuesOf(texts.error));
      const { name, metadata } = texts.data;
      return cloneSourceConnection(ctx, { ...input, name, metadata: metadata ?? undefined, collection: chosenCollection(input.collection) });
    },
  }),
);
