import { builder } from '../builder.ts';
import { loadOwn } from '../db/rows.ts';
import { ConflictError, NotFoundError, ValidationError } from '../errors.ts';
import { pageComplexity } from '../paging/complexity.ts';
import type { PageArgs } from '../paging/page-args.ts';
import type { Collection } from './collection.entity.ts';
import { createCollection } from './create.ts';
import { deleteCollection } from './delete.ts';
import { collectionNameRule, readableIdRule } from './fields.ts';
import { listCollections } from './list.ts';
import { collections, findCollection } from './read.ts';

export const CollectionRef = builder.loadableNodeRef('Collection', {
  id: { resolve: (collection: Collection) => collection.id },
  toKey: ({ id }: Collection) => id,
  sort: true,
  load: async (ids: string[], ctx) => (await loadOwn(ctx, collections, ids)).filter(({ deletedAt }) => deletedAt === null),
});
CollectionRef.implement({
  description: 'Where the records of source connections land.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What to show.' }),
    readableId: t.exposeString('readableId', { description: 'A slug, unique within the organization.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    recordCount: t.loadable({
      type: 'SafeInt',
      description: 'How many records it has, over all its source connections.',
      byPath: false,
      resolve: ({ id }) => id,
      async load(ids: string[], ctx) {
        const rows = await ctx.db
          .selectFrom('configured_stream')
          .select(({ fn }) => ['collection_id', fn.sum('record_count').as('count')])
          .where('collection_id', 'in', ids)
          .groupBy('collection_id')
          .execute();
        const counts = new Map(rows.map((row) => [row['collection_id'], Number(row['count'])]));
        return ids.map((id) => counts.get(id) ?? 0);
      },
    }),
  }),
});

const CollectionConnection = builder.connectionObject(
  {
    type: CollectionRef,
    name: 'CollectionConnection',
    description: 'A page of collections.',
    fields: (t) => ({
      totalCount: t.field({
        type: 'SafeInt',
        description: 'How many collections there are.',
        resolve: async ({ totalCount }) => (await totalCount?.()) ?? 0,
      }),
    }),
  },
  { name: 'CollectionEdge', description: 'A collection in a page.' },
);

builder.queryField('collections', (t) =>
  t.connection(
    {
      type: CollectionRef,
      description: 'The collections, the newest first. At most 100 at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      resolve: (_root, args: PageArgs, ctx) => listCollections(ctx, args),
    },
    CollectionConnection,
  ),
);

const CollectionByInput = builder.inputType('CollectionBy', {
  description: 'Which collection: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'By its id.' }),
    readableId: t.string({ description: 'By its slug.' }),
  }),
});

builder.queryField('collection', (t) =>
  t.field({
    type: CollectionRef,
    nullable: true,
    description: 'One collection; null when there is none, or it is not yours.',
    args: { by: t.arg({ type: CollectionByInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { by }, ctx) => (await findCollection(ctx, by.id != null ? { id: by.id } : { readableId: by.readableId ?? '' })) ?? null,
  }),
);

export const CreateCollectionInput = builder.inputType('CreateCollectionInput', {
  description: 'A new collection.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What to show, 1 to 80 characters.', validate: { schema: collectionNameRule } }),
    readableId: t.string({
      description: 'A slug of lower-case letters, digits and hyphens, at most 64; made of the name when left out.',
      validate: { schema: readableIdRule },
    }),
  }),
});

const CreateCollectionPayload = builder.objectRef<{ collection: Collection }>('CreateCollectionPayload').implement({
  description: 'The new collection.',
  fields: (t) => ({ collection: t.field({ type: CollectionRef, description: 'The new collection.', resolve: ({ collection }) => collection }) }),
});

builder.mutationField('createCollection', (t) =>
  t.field({
    type: CreateCollectionPayload,
    description: 'Creates a collection.',
    errors: { types: [ValidationError, ConflictError] },
    args: { input: t.arg({ type: CreateCollectionInput, required: true, description: 'The new collection.' }) },
    resolve: async (_root, { input }, ctx) => ({ collection: await createCollection(ctx, input) }),
  }),
);

const DeleteCollectionInput = builder.inputType('DeleteCollectionInput', {
  description: 'Which collection to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the collection.' }) }),
});

const DeleteCollectionPayload = builder.objectRef<{ deletedId: string }>('DeleteCollectionPayload').implement({
  description: 'The deleted collection.',
  fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'Its id, for caches.' }) }),
});

builder.mutationField('deleteCollection', (t) =>
  t.field({
    type: DeleteCollectionPayload,
    description: 'Deletes a collection with its records. ConflictError while it has source connections that are not deleted.',
    errors: { types: [ValidationError, NotFoundError, ConflictError] },
    args: { input: t.arg({ type: DeleteCollectionInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ deletedId: await deleteCollection(ctx, input.id) }),
  }),
);
