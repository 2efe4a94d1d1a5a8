import { randomUUID } from 'node:crypto';
import { inTransaction, type Transaction, type TransactionScope } from '../db/transaction.ts';
import { changeLane, type HeldLane } from './lane.ts';
import { deliveries, webhooks } from './read.ts';
import type { Webhook } from './webhook.entity.ts';
import type { WebhookDelivery } from './webhook-delivery.entity.ts';
import { type WebhookLane, WebhookLaneEntity } from './webhook-lane.entity.ts';

/** What is to be delivered now, by whoever holds the lane. */
export interface Errand {
  readonly lane: HeldLane;
  readonly webhook: Webhook;
  readonly delivery: WebhookDelivery;
}

/** Takes a lane as it was seen. Resolves to nothing when somebody else has it, or when there is nothing to do in it any more. */
export async function claimLane(
  scope: TransactionScope,
  { webhookId, sourceConnectionId, dueAt }: WebhookLane,
  leaseMs: number,
): Promise<Errand | undefined> {
  const lane: HeldLane = { webhookId, sourceConnectionId, leaseToken: randomUUID() };
  return inTransaction(scope, async (tx) => {
    const changes = { leaseToken: lane.leaseToken, dueAt: new Date(Date.now() + leaseMs) };
    const taken = await tx.em.nativeUpdate(WebhookLaneEntity, { webhookId, sourceConnectionId, dueAt }, changes);
    return taken === 0 ? undefined : nextErrand(tx, lane);
  });
}

/** The oldest event that is pending in a lane that is held; lets go of it when there is none, or when its webhook is disabled. */
export async function nextErrand(tx: Transaction, lane: HeldLane): Promise<Errand | undefined> {
  const webhook = webhooks.toRow(await tx.db.selectFrom('webhook').selectAll().where('id', '=', lane.webhookId).executeTakeFirstOrThrow());
  const raw =
    webhook.disabledAt === null &&
    (await tx.db
      .selectFrom('webhook_delivery')
      .selectAll()
      .where('webhook_id', '=', lane.webhookId)
      .where('source_connection_id', '=', lane.sourceConnectionId)
      .where('delivered_at', 'is', null)
      .where('given_up_at', 'is', null)
      .orderBy('cursor')
      .limit(1)
      .executeTakeFirst());
  if (raw) return { lane, webhook, delivery: deliveries.toRow(raw) };
  await changeLane(tx, lane, { dueAt: null, leaseToken: null });
  return undefined;
}
