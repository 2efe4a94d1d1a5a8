import { builder } from '../builder.ts';
import type { DiscoveredStream } from '../connector/connector.ts';
import { ConnectionTestFailedError, InvalidCredentialsError, NotFoundError, SourceUnavailableError, ValidationError } from '../errors.ts';
import { FreshnessInput, ScheduleInput } from '../schedule/schedule.graphql.ts';
import { AuthMethodEnum } from '../source/source.graphql.ts';
import type { ConnectionTest } from './connection-test.entity.ts';
import { ConnectionTestRef } from './connection-test.graphql.ts';
import { descriptionRule, metadataRule, nameRule } from './fields.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { SourceConnectionRef } from './source-connection.graphql.ts';
import { DiscoveredStreamRef } from './stream.graphql.ts';
import { testSource, testSourceConnection } from './test.ts';
import { updateSourceConnection } from './update.ts';
import { updateCredentials } from './update-credentials.ts';

const TestSourceConnectionInput = builder.inputType('TestSourceConnectionInput', {
  description: 'Which source connection to test.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the source connection.' }) }),
});

const TestSourceConnectionPayload = builder
  .objectRef<{ test: ConnectionTest; sourceConnection: SourceConnection }>('TestSourceConnectionPayload')
  .implement({
    description: 'What the test found out; also when that is bad news.',
    fields: (t) => ({
      test: t.field({ type: ConnectionTestRef, description: 'The test with its steps; its status may be FAILED.', resolve: ({ test }) => test }),
      sourceConnection: t.field({
        type: SourceConnectionRef,
        description: 'The source connection after the test.',
        resolve: ({ sourceConnection }) => sourceConnection,
      }),
    }),
  });

builder.mutationField('testSourceConnection', (t) =>
  t.field({
    type: TestSourceConnectionPayload,
    description: 'Tests a source connection with its stored credentials. A failed test is a payload with status FAILED, not an error.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: TestSourceConnectionInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) => testSourceConnection(ctx, input.id),
  }),
);

const TestSourceInput = builder.inputType('TestSourceInput', {
  description: 'Configuration to test without saving it.',
  fields: (t) => ({
    sourceShortName: t.string({ required: true, description: 'The source, for example "postgresql".' }),
    config: t.field({ type: 'JSONObject', description: "The source's configFields." }),
    authMethod: t.field({ type: AuthMethodEnum, description: 'The first of the source that the given credentials fit, when left out.' }),
    credentials: t.field({ type: 'JSONObject', description: "The source's authFields. They are used for this test only, and never stored." }),
  }),
});

const TestSourcePayload = builder.objectRef<{ test: ConnectionTest; streams: readonly DiscoveredStream[] | null }>('TestSourcePayload').implement({
  description: 'What the test found out; also when that is bad news.',
  fields: (t) => ({
    test: t.field({ type: ConnectionTestRef, description: 'The test with its steps; its status may be FAILED.', resolve: ({ test }) => test }),
    streams: t.field({
      type: [DiscoveredStreamRef],
      nullable: true,
      description: 'What the source offers; null when the test failed.',
      resolve: ({ streams }) => streams && [...streams],
    }),
  }),
});

builder.mutationField('testSource', (t) =>
  t.field({
    type: TestSourcePayload,
    description: 'Tests configuration that is not saved, and lists what the source offers.',
    errors: { types: [ValidationError] },
    args: { input: t.arg({ type: TestSourceInput, required: true, description: 'What to test.' }) },
    resolve: (_root, { input }, ctx) => testSource(ctx, input),
  }),
);

const UpdateSourceConnectionCredentialsInput = builder.inputType('UpdateSourceConnectionCredentialsInput', {
  description: 'New credentials for a source connection.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the source connection.' }),
    credentials: t.field({
      type: 'JSONObject',
      required: true,
      description:
        'A field left out keeps its value, null clears it. When the host, port or another field that names the system changes, every secret is needed again.',
    }),
    runSetupTests: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether to test the new credentials first; false leaves the source connection UNVERIFIED.',
    }),
  }),
});

const UpdateSourceConnectionCredentialsPayload = builder
  .objectRef<{ sourceConnection: SourceConnection; test: ConnectionTest | null }>('UpdateSourceConnectionCredentialsPayload')
  .implement({
    description: 'The source connection with its new credentials.',
    fields: (t) => ({
      sourceConnection: t.field({
        type: SourceConnectionRef,
        description: 'The source connection with its new credentials.',
        resolve: ({ sourceConnection }) => sourceConnection,
      }),
      test: t.field({
        type: ConnectionTestRef,
        nullable: true,
        description: 'The test that they passed; null when none was asked for.',
        resolve: ({ test }) => test,
      }),
    }),
  });

builder.mutationField('updateSourceConnectionCredentials', (t) =>
  t.field({
    type: UpdateSourceConnectionCredentialsPayload,
    description:
      'Tests new credentials, then puts them in the place of the old ones. When the test fails the old ones stay in force. A running job keeps those it started with.',
    errors: { types: [ValidationError, NotFoundError, InvalidCredentialsError, SourceUnavailableError, ConnectionTestFailedError] },
    args: { input: t.arg({ type: UpdateSourceConnectionCredentialsInput, required: true, description: 'The new credentials.' }) },
    resolve: (_root, { input }, ctx) => updateCredentials(ctx, input),
  }),
);

const UpdateSourceConnectionInput = builder.inputType('UpdateSourceConnectionInput', {
  description: 'What to change about a source connection. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the source connection.' }),
    name: t.string({ description: 'What to show, 4 to 42 characters.', validate: { schema: nameRule } }),
    description: t.string({ description: 'At most 255 characters; null clears it.', validate: { schema: descriptionRule } }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Replaces all pairs: at most 16, keys up to 64 and values up to 512 characters; null empties it.',
      validate: { schema: metadataRule },
    }),
    schedule: t.field({
      type: ScheduleInput,
      description: 'When it runs by itself; intervals are counted from now, unless it has this schedule already. Null is manual.',
    }),
    freshness: t.field({ type: FreshnessInput, description: 'How late its records may be before it counts as DELAYED; null is NORMAL.' }),
    pauseAt: t.field({ type: 'DateTime', description: 'When it is to pause itself, a time to come; null: not any more.' }),
  }),
});

const UpdateSourceConnectionPayload = builder.objectRef<{ sourceConnection: SourceConnection }>('UpdateSourceConnectionPayload').implement({
  description: 'The changed source connection.',
  fields: (t) => ({
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'The changed source connection.',
      resolve: ({ sourceConnection }) => sourceConnection,
    }),
  }),
});

builder.mutationField('updateSourceConnection', (t) =>
  t.field({
    type: UpdateSourceConnectionPayload,
    description: 'Changes the name, the description, the metadata or the schedule of a source connection.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: UpdateSourceConnectionInput, required: true, description: 'What to change.' }) },
    // The rule leaves texts only, which the type of a JSON object cannot say.
    resolve: async (_root, { input }, ctx) => ({
      sourceConnection: await updateSourceConnection(ctx, { ...input, metadata: input.metadata as Record<string, string> | null | undefined }),
    }),
  }),
);
