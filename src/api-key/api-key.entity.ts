import { defineEntity, p } from '@mikro-orm/core';
import type { Role } from '../context.ts';
import type { RowOf } from '../db/rows.ts';
import type { Actor } from '../lib/actor.ts';

/** What lets a program in. The key itself is nowhere: only what can tell that it is the right one. */
export const ApiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    name: p.string(),
    /** Of whoever answers for it; shown as that of the actor. */
    email: p.string().nullable(),
    role: p.string().$type<Role>(),
    /** `null` = all of the organization's. */
    collectionIds: p.json<string[] | null>().nullable(),
    /** HMAC-SHA-256 of the key with its pepper, base64url. */
    hmac: p.string(),
    sealedPepper: p.string(),
    createdAt: p.datetime(),
    createdBy: p.json<Actor>(),
    expiresAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});
export type ApiKey = RowOf<typeof ApiKeyEntity>;
