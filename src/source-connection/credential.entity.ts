import { defineEntity, p } from '@mikro-orm/core';
import type { AuthMethod, JsonObject } from '../connector/connector.ts';
import type { RowOf } from '../db/rows.ts';

/** The sealed half of a source connection. */
export const CredentialEntity = defineEntity({
  name: 'Credential',
  tableName: 'credential',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    /** That of its source connection. */
    collectionId: p.string(),
    sourceShortName: p.string(),
    name: p.string(),
    authMethod: p.string().$type<AuthMethod>(),
    publicValues: p.json<JsonObject>(),
    secretFields: p.json<string[]>(),
    /** The secret fields as JSON, sealed and bound to this row. */
    sealed: p.text(),
    createdAt: p.datetime(),
    rotatedAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
  },
});
export type Credential = RowOf<typeof CredentialEntity>;
