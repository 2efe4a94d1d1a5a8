import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';

export const CollectionEntity = defineEntity({
  name: 'Collection',
  tableName: 'collection',
  properties: {
    id: p.string().primary(),
    /** 1, 2, 3 … over all organizations, never reused: it is part of the ids of records. */
    number: p.integer(),
    organizationId: p.string(),
    name: p.string(),
    readableId: p.string(),
    createdAt: p.datetime(),
    /** Set when it was deleted; the row stays so that its number is never given to another. */
    deletedAt: p.datetime().nullable(),
  },
});
export type Collection = RowOf<typeof CollectionEntity>;
