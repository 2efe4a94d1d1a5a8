import { builder } from '../builder.ts';
import { CreateCollectionInput } from '../collection/collection.graphql.ts';
import { issuesOf } from '../connector/validate.ts';
import { findConnector } from '../connectors/index.ts';
import {
  ConflictError,
  ConnectionTestFailedError,
  InvalidCredentialsError,
  NotFoundError,
  SourceUnavailableError,
  ValidationError,
} from '../errors.ts';
import { idempotencyKeyField } from '../idempotency/field.graphql.ts';
import { FreshnessInput, ScheduleInput } from '../schedule/schedule.graphql.ts';
import { AuthMethodEnum } from '../source/source.graphql.ts';
import { issuesOfConfiguration } from '../source-connection/configuration.ts';
import { ConnectionTestRef } from '../source-connection/connection-test.graphql.ts';
import { textsRule } from '../source-connection/fields.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { StreamInput } from '../source-connection/stream.graphql.ts';
import { issuesOfTiming } from '../source-connection/timing-input.ts';
import { SyncJobRef } from '../sync-job/sync-job.graphql.ts';
import { type CollectionChoice, type Created, createSourceConnection } from './create.ts';

export const CollectionRefInput = builder.inputType('CollectionRefInput', {
  description: 'A collection: exactly one of the three.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'One that exists, by its id.' }),
    readableId: t.string({ description: 'One that exists, by its slug.' }),
    create: t.field({ type: CreateCollectionInput, description: 'A new one.' }),
  }),
});

const CreateSourceConnectionInput = builder.inputType('CreateSourceConnectionInput', {
  description: 'A new source connection.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What to show, 4 to 42 characters.' }),
    sourceShortName: t.string({ required: true, description: 'The source, for example "postgresql".' }),
    description: t.string({ description: 'At most 255 characters.' }),
    collection: t.field({
      type: CollectionRefInput,
      description: 'Where its records go; a new collection, named like the connection, when left out.',
    }),
    config: t.field({ type: 'JSONObject', description: "The source's configFields, flat unless its configSchema nests." }),
    authMethod: t.field({ type: AuthMethodEnum, description: 'The first of the source that the given credentials fit, when left out.' }),
    credentials: t.field({
      type: 'JSONObject',
      description: "The source's authFields, flat unless its authSchema nests. Secrets are sealed and never returned.",
    }),
    credentialId: t.id({ description: 'Copies stored credentials of the same source instead; host, database and the like come along.' }),
    schedule: t.field({ type: ScheduleInput, description: 'When it runs by itself; only when it is asked to, when left out.' }),
    freshness: t.field({ type: FreshnessInput, description: 'How late its records may be before it counts as DELAYED; NORMAL when left out.' }),
    pauseAt: t.field({ type: 'DateTime', description: 'When it is to pause itself, a time to come: the end of a trial.' }),
    streams: t.field({ type: [StreamInput], description: 'What to sync; everything that the source offers when left out.' }),
    metadata: t.field({ type: 'JSONObject', description: 'Your own pairs of texts: at most 16, keys up to 64 and values up to 512 characters.' }),
    runSetupTests: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether to test the source first; a failed test saves nothing. With false nothing is dialled and the connection is UNVERIFIED.',
    }),
    syncImmediately: t.boolean({ required: true, defaultValue: true, description: 'Whether to start the first sync job right away.' }),
    idempotencyKey: idempotencyKeyField(t),
  }),
});

const CreateSourceConnectionPayload = builder.objectRef<Created>('CreateSourceConnectionPayload').implement({
  description: 'What was created.',
  fields: (t) => ({
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'The new source connection.',
      resolve: ({ sourceConnection }) => sourceConnection,
    }),
    test: t.field({
      type: ConnectionTestRef,
      nullable: true,
      description: 'The test that it passed; null when none was asked for.',
      resolve: ({ test }) => test,
    }),
    syncJob: t.field({
      type: SyncJobRef,
      nullable: true,
      description: 'The first sync job; null when none was asked for.',
      resolve: ({ syncJob }) => syncJob,
    }),
  }),
});

builder.mutationField('createSourceConnection', (t) =>
  t.field({
    type: CreateSourceConnectionPayload,
    description: 'Tests a source, and when the test passes saves it with its sealed credentials and starts the first sync job.',
    errors: { types: [ValidationError, NotFoundError, InvalidCredentialsError, SourceUnavailableError, ConnectionTestFailedError, ConflictError] },
    args: { input: t.arg({ type: CreateSourceConnectionInput, required: true, description: 'The new source connection.' }) },
    resolve: (_root, { input }, ctx) => {
      const texts = textsRule.safeParse(input);
      // Whoever fills in a form wants to hear of everything at once, also of what the source's own fields say.
      if (!texts.success) {
        const configuration = input.credentialId == null ? issuesOfConfiguration(input) : [];
        throw new ValidationError([...issuesOf(texts.error), ...configuration, ...issuesOfTiming(input, findConnector(input.sourceShortName))]);
      }
      const { metadata, ...written } = texts.data;
      return createSourceConnection(ctx, { ...input, ...written, metadata: metadata ?? undefined, collection: chosenCollection(input.collection) });
    },
  }),
);

export function chosenCollection(input: typeof CollectionRefInput.$inferInput | null | undefined): CollectionChoice | undefined {
  if (!input) return undefined;
  if (input.id != null) return { id: input.id };
  if (input.readableId != null) return { readableId: input.readableId };
  return input.create ? { create: input.create } : undefined;
}
