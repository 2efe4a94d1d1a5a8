import { inTransaction, type TransactionScope } from '../db/transaction.ts';
import { webhookTopic } from './enqueue.ts';
import { getWebhook } from './read.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { WebhookLaneEntity } from './webhook-lane.entity.ts';

/** Nothing is sent from the commit on, and its secret is gone. Its history is removed in the background. @throws NotFoundError */
export async function deleteWebhook(scope: TransactionScope, id: string): Promise<string> {
  return inTransaction(scope, async (tx) => {
    const { disabledAt } = await getWebhook(tx, id);
    const now = new Date();
    await tx.em.nativeUpdate(WebhookEntity, { id }, { deletedAt: now, disabledAt: disabledAt ?? now, sealedSecret: '' });
    await tx.em.nativeDelete(WebhookLaneEntity, { webhookId: id });
    tx.publish(webhookTopic);
    return id;
  });
}
