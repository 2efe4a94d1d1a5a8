import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';

/** A key that a client sent with a mutation, and what came of it. */
export const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_key',
  properties: {
    /** JSON of organization, mutation, the client's key, and the collections when the caller sees only some. */
    id: p.string().primary(),
    organizationId: p.string(),
    /** HMAC of the input: it may hold secrets. */
    fingerprint: p.string(),
    /** Of the caller that works on it; after `leaseExpiresAt` another one may. */
    leaseToken: p.string(),
    leaseExpiresAt: p.datetime(),
    /** The ids that the work made; `null` while it is under way. */
    result: p.json<Record<string, string | null> | null>().nullable(),
    createdAt: p.datetime(),
  },
});
export type IdempotencyKey = RowOf<typeof IdempotencyKeyEntity>;
