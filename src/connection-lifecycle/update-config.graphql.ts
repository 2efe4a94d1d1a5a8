import { builder } from '../builder.ts';
import {
  ConnectionTestFailedError,
  InvalidCredentialsError,
  NotFoundError,
  SourceUnavailableError,
  SyncInProgressError,
  ValidationError,
} from '../errors.ts';
import type { ConnectionTest } from '../source-connection/connection-test.entity.ts';
import { ConnectionTestRef } from '../source-connection/connection-test.graphql.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { StreamInput } from '../source-connection/stream.graphql.ts';
import { updateConfig } from './update-config.ts';

const UpdateSourceConnectionConfigInput = builder.inputType('UpdateSourceConnectionConfigInput', {
  description: 'What to change about how a source is read. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the source connection.' }),
    config: t.field({ type: 'JSONObject', description: 'A field left out keeps its value, null clears it.' }),
    credentials: t.field({
      type: 'JSONObject',
      description: 'Likewise. When a field that names the system changes, in either half, every secret is needed again.',
    }),
    streams: t.field({ type: [StreamInput], description: "Replaces the whole set. A changed mode, cursor or key forgets that stream's state." }),
    runSetupTests: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether to test the new configuration first; false leaves the source connection UNVERIFIED.',
    }),
  }),
});

const UpdateSourceConnectionConfigPayload = builder
  .objectRef<{ sourceConnection: SourceConnection; test: ConnectionTest | null }>('UpdateSourceConnectionConfigPayload')
  .implement({
    description: 'The source connection with its new configuration.',
    fields: (t) => ({
      sourceConnection: t.field({
        type: SourceConnectionRef,
        description: 'The source connection with its new configuration.',
        resolve: ({ sourceConnection }) => sourceConnection,
      }),
      test: t.field({
        type: ConnectionTestRef,
        nullable: true,
        description: 'The test that it passed; null when none was asked for.',
        resolve: ({ test }) => test,
      }),
    }),
  });

builder.mutationField('updateSourceConnectionConfig', (t) =>
  t.field({
    type: UpdateSourceConnectionConfigPayload,
    description: 'Changes config, credentials and streams together: tested first, then swapped. Not while a job is active.',
    errors: {
      types: [ValidationError, NotFoundError, SyncInProgressError, InvalidCredentialsError, SourceUnavailableError, ConnectionTestFailedError],
    },
    args: { input: t.arg({ type: UpdateSourceConnectionConfigInput, required: true, description: 'What to change.' }) },
    resolve: (_root, { input }, ctx) => updateConfig(ctx, input),
  }),
);
