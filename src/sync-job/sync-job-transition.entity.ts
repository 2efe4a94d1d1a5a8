import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';
import type { Actor } from '../lib/actor.ts';
import type { SyncJobStatus } from './status.ts';

/** One edge of a job's life. `cursor` is assigned by the write transaction, so it follows the order of the commits. */
export const SyncJobTransitionEntity = defineEntity({
  name: 'SyncJobTransition',
  tableName: 'sync_job_transition',
  properties: {
    cursor: p.integer().primary(),
    id: p.string(),
    organizationId: p.string(),
    collectionId: p.string(),
    sourceConnectionId: p.string(),
    syncJobId: p.string(),
    sequence: p.integer(),
    from: p.string().$type<SyncJobStatus>().fieldName('from_status').nullable(),
    to: p.string().$type<SyncJobStatus>().fieldName('to_status'),
    occurredAt: p.datetime(),
    actor: p.json<Actor>(),
    reason: p.text().nullable(),
    attempt: p.integer(),
  },
});
export type SyncJobTransition = RowOf<typeof SyncJobTransitionEntity>;
