import type { Transaction } from '../db/transaction.ts';
import { isoText } from '../lib/iso-text.ts';
import { newId } from '../lib/typeid.ts';
import { payloadTypes, type WebhookEvent } from './events.ts';
import { openLanes } from './lane.ts';
import { webhooks } from './read.ts';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.ts';

/** The topic that wakes whoever delivers. */
export const webhookTopic = 'webhook-deliveries';

export interface Occurrence {
  readonly event: WebhookEvent;
  readonly organizationId: string;
  /** What it happened to: its events stay in order. */
  readonly sourceConnectionId: string;
  readonly at: Date;
  /** What the receivers are told; asked for only when there are any. Dates are sent in ISO 8601. */
  data(): Readonly<Record<string, unknown>>;
}

/**
 * Stores an event for each webhook that wants it, in the transaction in which it happens: it is sent if and only if that is committed. An
 * organization without webhooks pays for one look into an index.
 */
export async function enqueueEvent(tx: Transaction, { event, organizationId, sourceConnectionId, at, data }: Occurrence): Promise<void> {
  // Webhooks are the organization's: they hear of what is done by somebody, too, for whom there are none.
  const { db, em } = tx.forEveryOrganization;
  const enabled = await db.selectFrom('webhook').selectAll().where('organization_id', '=', organizationId).where('disabled_at', 'is', null).execute();
  const wanting = enabled.map(webhooks.toRow).filter(({ events }) => events.includes(event));
  if (wanting.length === 0) return;
  const payload = JSON.stringify({ type: payloadTypes[event], timestamp: isoText(at), data: data() });
  const owner = { organizationId, sourceConnectionId };
  const webhookIds = wanting.map(({ id }) => id);
  await openLanes(db, { organizationId, webhookIds, sourceConnectionIds: [sourceConnectionId] }, new Date());
  await em.insertMany(
    WebhookDeliveryEntity,
    webhookIds.map((webhookId) => ({ ...owner, id: newId('msg'), webhookId, event, payload, at, attempt: 0 })),
  );
  tx.publish(webhookTopic);
}
