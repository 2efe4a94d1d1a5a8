import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';
import type { WebhookEvent } from './events.ts';

/** One event for one webhook, and what became of it: pending until it is delivered or given up. */
export const WebhookDeliveryEntity = defineEntity({
  name: 'WebhookDelivery',
  tableName: 'webhook_delivery',
  properties: {
    /** Assigned by the write transaction: the order in which the events of a source connection are delivered. */
    cursor: p.integer().primary(),
    /** Also what the receiver gets as `webhook-id`, with every attempt and replay the same. */
    id: p.string(),
    organizationId: p.string(),
    webhookId: p.string(),
    sourceConnectionId: p.string(),
    event: p.string().$type<WebhookEvent>(),
    /** The body, as it was when the event happened. */
    payload: p.text(),
    at: p.datetime(),
    /** Attempts that have been made. */
    attempt: p.integer(),
    /** Of the last attempt; `null` when it got no answer. */
    responseStatus: p.integer().nullable(),
    deliveredAt: p.datetime().nullable(),
    givenUpAt: p.datetime().nullable(),
  },
});
export type WebhookDelivery = RowOf<typeof WebhookDeliveryEntity>;
