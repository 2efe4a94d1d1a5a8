import { defineEntity, p } from '@mikro-orm/core';
import type { CheckOutcome } from '../connector/check.ts';
import type { RowOf } from '../db/rows.ts';

export const ConnectionTestEntity = defineEntity({
  name: 'ConnectionTest',
  tableName: 'connection_test',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    /** `null` when the configuration was for no collection. */
    collectionId: p.string().nullable(),
    /** `null` for a test of configuration that was not saved. */
    sourceConnectionId: p.string().nullable(),
    status: p.string().$type<CheckOutcome['status']>(),
    message: p.text(),
    steps: p.json<CheckOutcome['steps']>(),
    startedAt: p.datetime(),
    durationMs: p.integer(),
  },
});
export type ConnectionTest = RowOf<typeof ConnectionTestEntity>;
