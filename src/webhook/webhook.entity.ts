import { defineEntity, p } from '@mikro-orm/core';
import type { RowOf } from '../db/rows.ts';
import type { WebhookEvent } from './events.ts';

/** Where the events of an organization are sent. */
export const WebhookEntity = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    id: p.string().primary(),
    organizationId: p.string(),
    url: p.text(),
    events: p.json<WebhookEvent[]>(),
    /** '' once it is deleted. */
    sealedSecret: p.string(),
    /** Events that were given up since one was last delivered. */
    consecutiveFailures: p.integer(),
    createdAt: p.datetime(),
    /** `null` = it is enabled. */
    disabledAt: p.datetime().nullable(),
    /** Why it was disabled by itself; `null` when somebody did it. */
    disabledReason: p.text().nullable(),
    /** It is gone for everybody; what is left of it is removed in the background. */
    deletedAt: p.datetime().nullable(),
  },
});
export type Webhook = RowOf<typeof WebhookEntity>;
