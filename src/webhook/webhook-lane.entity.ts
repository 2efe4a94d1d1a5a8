import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';

/** What keeps the events of one source connection for one webhook in order: there while some are pending, held by one deliverer at a time. */
export const WebhookLaneEntity = defineEntity({
  name: 'WebhookLane',
  tableName: 'webhook_lane',
  properties: {
    webhookId: p.string().primary(),
    sourceConnectionId: p.string().primary(),
    organizationId: p.string(),
    /** When the next attempt may be made; of a lane that is held, when its lease ends; `null` while the webhook is disabled. */
    dueAt: p.datetime().nullable(),
    /** Of whoever delivers at present. */
    leaseToken: p.string().nullable(),
  },
});
export type WebhookLane = RowOf<typeof WebhookLaneEntity>;
