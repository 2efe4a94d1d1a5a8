import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';
import type { SourceConnectionStatus } from './status.ts';

/** The log behind the subscription to statuses: one row for each change, in the order of the commits. */
export const StatusChangeEntity = defineEntity({
  name: 'SourceConnectionStatusChange',
  tableName: 'source_connection_status_change',
  properties: {
    cursor: p.integer().primary(),
    organizationId: p.string(),
    collectionId: p.string(),
    sourceConnectionId: p.string(),
    status: p.string().$type<SourceConnectionStatus>(),
    statusReason: p.text().nullable(),
    version: p.integer(),
    at: p.datetime(),
  },
});
export type StatusChange = RowOf<typeof StatusChangeEntity>;
