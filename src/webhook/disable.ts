import type { Transaction } from '../db/transaction.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { WebhookLaneEntity } from './webhook-lane.entity.ts';

/**
 * Nothing is sent to it, and no event stored for it, from the commit on. What is pending stays, for the time when it is enabled again; an attempt
 * that is under way is still written down by its holder.
 * @param reason absent when somebody did it
 */
export async function disable(tx: Transaction, id: string, reason?: string): Promise<void> {
  await tx.em.nativeUpdate(WebhookEntity, { id, disabledAt: null }, { disabledAt: new Date(), disabledReason: reason ?? null });
  await tx.em.nativeUpdate(WebhookLaneEntity, { webhookId: id }, { dueAt: null });
}
