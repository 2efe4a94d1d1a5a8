import { builder } from '../builder.ts';
import { CollectionRef } from '../collection/collection.graphql.ts';
import { NotFoundError, SyncInProgressError, ValidationError } from '../errors.ts';
import type { SourceConnection } from '../source-connection/source-connection.entity.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { StreamRefInput } from '../source-connection/stream.graphql.ts';
import type { SyncJob } from '../sync-job/sync-job.entity.ts';
import { SyncJobRef } from '../sync-job/sync-job.graphql.ts';
import { clearSourceConnectionData } from './clear.ts';
import { type Deleted, deleteSourceConnection } from './delete.ts';

const ClearSourceConnectionDataInput = builder.inputType('ClearSourceConnectionDataInput', {
  description: 'Which records to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the source connection.' }),
    streams: t.field({ type: [StreamRefInput], description: 'Only of these streams; of all when left out.' }),
  }),
});

const ClearSourceConnectionDataPayload = builder
  .objectRef<{ sourceConnection: SourceConnection; syncJob: SyncJob }>('ClearSourceConnectionDataPayload')
  .implement({
    description: 'The job that deletes the records.',
    fields: (t) => ({
      sourceConnection: t.field({
        type: SourceConnectionRef,
        description: 'The source connection.',
        resolve: ({ sourceConnection }) => sourceConnection,
      }),
      syncJob: t.field({ type: SyncJobRef, description: 'The job of mode CLEAR.', resolve: ({ syncJob }) => syncJob }),
    }),
  });

builder.mutationField('clearSourceConnectionData', (t) =>
  t.field({
    type: ClearSourceConnectionDataPayload,
    description: 'Deletes the records of a source connection and forgets where its streams were; the next sync begins at the beginning.',
    errors: { types: [ValidationError, NotFoundError, SyncInProgressError] },
    args: { input: t.arg({ type: ClearSourceConnectionDataInput, required: true, description: 'Which records.' }) },
    resolve: (_root, { input }, ctx) => clearSourceConnectionData(ctx, input),
  }),
);

const DeleteSourceConnectionInput = builder.inputType('DeleteSourceConnectionInput', {
  description: 'Which source connection to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the source connection.' }),
    deleteData: t.boolean({ required: true, defaultValue: false, description: 'Whether its records go too; otherwise they stay in the collection.' }),
  }),
});

const DeleteSourceConnectionPayload = builder.objectRef<Deleted>('DeleteSourceConnectionPayload').implement({
  description: 'The deleted source connection, which stays readable by its id.',
  fields: (t) => ({
    deletedId: t.id({ description: 'Its id, for caches.', resolve: ({ sourceConnection }) => sourceConnection.id }),
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'DELETED, or DELETING while a job that it waits for is active.',
      resolve: ({ sourceConnection }) => sourceConnection,
    }),
    collection: t.field({ type: CollectionRef, description: 'Where its records are, or were.', resolve: ({ collection }) => collection }),
    syncJob: t.field({
      type: SyncJobRef,
      nullable: true,
      description: 'The job that the delete waits for: the one being cancelled, or the one that clears the records; null when it is done.',
      resolve: ({ syncJob }) => syncJob,
    }),
  }),
});

builder.mutationField('deleteSourceConnection', (t) =>
  t.field({
    type: DeleteSourceConnectionPayload,
    description: 'Deletes a source connection and its secrets. An active job is cancelled first.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: DeleteSourceConnectionInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, ctx) => deleteSourceConnection(ctx, input),
  }),
);
