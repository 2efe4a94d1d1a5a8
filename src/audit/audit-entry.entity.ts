import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';
import type { Actor } from '../lib/actor.ts';

/** What somebody did, or was refused. `cursor` is assigned by the write transaction, so it follows the order of the commits. */
export const AuditEntryEntity = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_entry',
  properties: {
    cursor: p.integer().primary(),
    organizationId: p.string(),
    at: p.datetime(),
    actor: p.json<Actor>(),
    /** The name of the mutation, or of the command. */
    operation: p.string(),
    objectId: p.string().nullable(),
    /** SUCCESS, or the code of the error. */
    outcome: p.string(),
  },
});
export type AuditEntry = RowOf<typeof AuditEntryEntity>;
