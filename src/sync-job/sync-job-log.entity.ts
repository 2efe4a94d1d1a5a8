import { defineEntity, p } from '@mikro-orm/core';
import type { LogLevel } from '../connector/messages.ts';
import type { RowOf } from '../db/rows.ts';

export const SyncJobLogEntity = defineEntity({
  name: 'SyncJobLog',
  tableName: 'sync_job_log',
  properties: {
    cursor: p.integer().primary(),
    organizationId: p.string(),
    collectionId: p.string(),
    syncJobId: p.string(),
    sequence: p.integer(),
    at: p.datetime(),
    level: p.string().$type<LogLevel>(),
    message: p.text(),
    stream: p.string().nullable(),
  },
});
export type SyncJobLog = RowOf<typeof SyncJobLogEntity>;
