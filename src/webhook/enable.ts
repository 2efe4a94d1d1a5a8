import type { Transaction } from '../db/transaction.ts';
import { webhookTopic } from './enqueue.ts';
import { leaseMs } from './lane.ts';
import { WebhookEntity } from './webhook.entity.ts';

/** Goes on with what is pending. @param timeoutMs of an attempt */
export async function enable(tx: Transaction, id: string, timeoutMs: number): Promise<void> {
  const now = new Date();
  await tx.em.nativeUpdate(WebhookEntity, { id }, { disabledAt: null, disabledReason: null, consecutiveFailures: 0 });
  // Perhaps an attempt from before is still under way; it is not made twice at once.
  for (const [held, dueAt] of [
    ['is', now],
    ['is not', new Date(now.getTime() + leaseMs(timeoutMs))],
  ] as const) {
    await tx.db
      .updateTable('webhook_lane')
      .set({ due_at: dueAt })
      .where('webhook_id', '=', id)
      .where('lease_token', held, null)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('webhook_delivery')
            .select('webhook_delivery.cursor')
            .whereRef('webhook_delivery.webhook_id', '=', 'webhook_lane.webhook_id')
            .whereRef('webhook_delivery.source_connection_id', '=', 'webhook_lane.source_connection_id')
            .where('webhook_delivery.delivered_at', 'is', null)
            .where('webhook_delivery.given_up_at', 'is', null),
        ),
      )
      .execute();
  }
  tx.publish(webhookTopic);
}
