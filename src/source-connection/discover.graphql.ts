import { builder } from '../builder.ts';
import type { DiscoveredStream } from '../connector/connector.ts';
import { ConnectionTestFailedError, InvalidCredentialsError, NotFoundError, SourceUnavailableError, ValidationError } from '../errors.ts';
import { discoverStreams } from './discover.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { SourceConnectionRef } from './source-connection.graphql.ts';
import { DiscoveredStreamRef } from './stream.graphql.ts';

const DiscoverSourceConnectionStreamsInput = builder.inputType('DiscoverSourceConnectionStreamsInput', {
  description: 'Which source connection to ask.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the source connection.' }) }),
});

const DiscoverSourceConnectionStreamsPayload = builder
  .objectRef<{ streams: readonly DiscoveredStream[]; sourceConnection: SourceConnection }>('DiscoverSourceConnectionStreamsPayload')
  .implement({
    description: 'What the source offers.',
    fields: (t) => ({
      streams: t.field({
        type: [DiscoveredStreamRef],
        description: 'What the source offers now, configured or not.',
        resolve: ({ streams }) => [...streams],
      }),
      sourceConnection: t.field({
        type: SourceConnectionRef,
        description: 'The source connection.',
        resolve: ({ sourceConnection }) => sourceConnection,
      }),
    }),
  });

builder.mutationField('discoverSourceConnectionStreams', (t) =>
  t.field({
    type: DiscoverSourceConnectionStreamsPayload,
    description: 'Asks the source of a connection what it offers now. Changes nothing.',
    errors: { types: [ValidationError, NotFoundError, InvalidCredentialsError, SourceUnavailableError, ConnectionTestFailedError] },
    args: { input: t.arg({ type: DiscoverSourceConnectionStreamsInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) => discoverStreams(ctx, input.id),
  }),
);
