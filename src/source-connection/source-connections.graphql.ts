import { builder } from '../builder.ts';
import { CollectionRef } from '../collection/collection.graphql.ts';
import { loadOwn } from '../db/rows.ts';
import { pageComplexity } from '../paging/complexity.ts';
import { preloadPage } from '../paging/preload.ts';
import { SourceRef } from '../source/source.graphql.ts';
import { listSourceConnections, type orderFields } from './list.ts';
import { sourceConnections } from './read.ts';
import { SourceConnectionRef, SourceConnectionStatusEnum } from './source-connection.graphql.ts';

const SourceConnectionConnection = builder.connectionObject(
  {
    type: SourceConnectionRef,
    name: 'SourceConnectionConnection',
    description: 'A page of source connections.',
    fields: (t) => ({
      totalCount: t.field({
        type: 'SafeInt',
        description: 'How many source connections the whole list has.',
        resolve: async ({ totalCount }) => (await totalCount?.()) ?? 0,
      }),
    }),
  },
  { name: 'SourceConnectionEdge', description: 'A source connection in a page.' },
);

const SourceConnectionFilterInput = builder.inputType('SourceConnectionFilter', {
  description: 'Which source connections. Conditions are combined with AND.',
  fields: (t) => ({
    collectionId: t.id({ description: 'Of this collection.' }),
    sourceShortNames: t.stringList({ description: 'Of one of these sources.' }),
    statuses: t.field({ type: [SourceConnectionStatusEnum], description: 'In one of these statuses.' }),
    search: t.string({ description: 'Part of the name, in any case.' }),
    metadata: t.field({ type: 'JSONObject', description: 'With all of these pairs.' }),
    includeDeleted: t.boolean({ description: 'Also the deleted ones, which are left out otherwise.' }),
  }),
});

const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'Which end comes first.',
  values: { ASC: { description: 'The smallest, or the oldest, first.' }, DESC: { description: 'The greatest, or the newest, first.' } },
});

const SourceConnectionOrderFieldEnum = builder.enumType('SourceConnectionOrderField', {
  description: 'What source connections are ordered by.',
  values: {
    NAME: { description: 'By name.' },
    CREATED_AT: { description: 'By the time of creation.' },
    UPDATED_AT: { description: 'By the time of the last visible change.' },
    NEXT_SCHEDULED_RUN: { description: 'By the time of the next scheduled run; those without one come last.' },
  } satisfies Record<(typeof orderFields)[number], object>,
});

const SourceConnectionOrderInput = builder.inputType('SourceConnectionOrder', {
  description: 'The order of source connections.',
  fields: (t) => ({
    field: t.field({ type: SourceConnectionOrderFieldEnum, required: true, description: 'By what.' }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'Which end first.' }),
  }),
});

builder.queryField('sourceConnections', (t) =>
  t.connection(
    {
      type: SourceConnectionRef,
      description: 'The source connections, the newest first unless ordered otherwise. At most 100 at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      args: {
        filter: t.arg({ type: SourceConnectionFilterInput, description: 'Only these.' }),
        orderBy: t.arg({ type: SourceConnectionOrderInput, description: 'In this order.' }),
      },
      resolve: async (_root, args, ctx, info) =>
        preloadPage(await listSourceConnections(ctx, args, args.filter ?? {}, args.orderBy ?? undefined), ctx, info),
    },
    SourceConnectionConnection,
  ),
);

builder.queryField('sourceConnection', (t) =>
  t.field({
    type: SourceConnectionRef,
    nullable: true,
    description: 'One source connection, also a deleted one; null when there is none, or it is not yours.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: async (_root, { id }, ctx) => (await loadOwn(ctx, sourceConnections, [id]))[0] ?? null,
  }),
);

builder.objectField(SourceRef, 'sourceConnections', (t) =>
  t.connection(
    {
      type: SourceConnectionRef,
      description: 'The source connections of this source, the newest first.',
      complexity: pageComplexity(),
      resolve: async ({ shortName }, args, ctx, info) =>
        preloadPage(await listSourceConnections(ctx, args, { sourceShortNames: [shortName] }), ctx, info),
    },
    SourceConnectionConnection,
  ),
);

builder.objectField(CollectionRef, 'sourceConnections', (t) =>
  t.connection(
    {
      type: SourceConnectionRef,
      description: 'The source connections that write into it, the newest first.',
      complexity: pageComplexity(),
      resolve: async ({ id }, args, ctx, info) => preloadPage(await listSourceConnections(ctx, args, { collectionId: id }), ctx, info),
    },
    SourceConnectionConnection,
  ),
);
