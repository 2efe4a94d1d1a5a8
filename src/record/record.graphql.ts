import { builder } from '../builder.ts';
import { CollectionRef } from '../collection/collection.graphql.ts';
import { pageComplexity } from '../paging/complexity.ts';
import type { RecordFilter } from '../records/store.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { StreamRefInput } from '../source-connection/stream.graphql.ts';
import { type CollectionRecord, countRecords, listRecords, loadRecords } from './list.ts';

const CollectionRecordRef = builder.loadableNodeRef('CollectionRecord', {
  id: { resolve: (record: CollectionRecord) => record.id },
  load: async (ids: string[], ctx) => (await loadRecords(ctx, ids)) as CollectionRecord[],
  cacheResolved: ({ id }: CollectionRecord) => id,
});
CollectionRecordRef.implement({
  description: 'One record that was synced. Its id stays the same while the record is updated; a full refresh makes new records.',
  fields: (t) => ({
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'Where it came from.',
      resolve: ({ sourceConnectionId }) => sourceConnectionId,
    }),
    stream: t.exposeString('name', { description: 'The stream that it came in.' }),
    namespace: t.exposeString('namespace', { nullable: true, description: 'The namespace of the stream.' }),
    primaryKeyValues: t.stringList({
      description: 'The values of its primary key, as text; empty when the stream has none.',
      resolve: ({ primaryKeyValues }) => [...primaryKeyValues],
    }),
    data: t.field({
      type: 'JSONObject',
      description:
        'The record with the names that the source gives its fields. Integers beyond 2^53, numerics and timestamps are text that loses nothing; bytes are base64.',
      resolve: ({ json }) => JSON.parse(json) as object,
    }),
    syncedAt: t.expose('syncedAt', { type: 'DateTime', description: 'When this version of it was stored.' }),
  }),
});

const CollectionRecordConnection = builder.connectionObject(
  {
    type: CollectionRecordRef,
    name: 'CollectionRecordConnection',
    description: 'A page of records.',
    fields: (t) => ({
      totalCount: t.field({
        type: 'SafeInt',
        nullable: true,
        description: 'How many records the whole list has; null where it would have to be counted.',
        resolve: ({ totalCount }) => totalCount?.() ?? null,
      }),
    }),
  },
  { name: 'CollectionRecordEdge', description: 'A record in a page.' },
);

const CollectionRecordFilterInput = builder.inputType('CollectionRecordFilter', {
  description: 'Which records of the collection. Conditions are combined with AND.',
  fields: (t) => ({
    sourceConnectionId: t.id({ description: 'From this source connection.' }),
    stream: t.field({ type: StreamRefInput, description: 'Of this stream.' }),
  }),
});

builder.objectField(CollectionRef, 'records', (t) =>
  t.connection(
    {
      type: CollectionRecordRef,
      description: 'Its records in the order in which they were stored. At most 100 at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      args: { filter: t.arg({ type: CollectionRecordFilterInput, description: 'Only these.' }) },
      async resolve(collection, args, ctx) {
        const filter: RecordFilter = {
          ...(args.filter?.sourceConnectionId == null ? {} : { sourceConnectionId: args.filter.sourceConnectionId }),
          ...(args.filter?.stream
            ? {
                stream: {
                  name: args.filter.stream.name,
                  ...(args.filter.stream.namespace == null ? {} : { namespace: args.filter.stream.namespace }),
                },
              }
            : {}),
        };
        return { ...(await listRecords(ctx, collection, filter, args)), totalCount: () => countRecords(ctx, collection, filter) };
      },
    },
    CollectionRecordConnection,
  ),
);
