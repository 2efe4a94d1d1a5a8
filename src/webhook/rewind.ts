import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { webhookTopic } from './enqueue.ts';
import { lanes } from './read.ts';
import { WebhookLaneEntity } from './webhook-lane.entity.ts';

/** Brings what waits to be sent forward by as much as the clock was set back: it would otherwise wait for that much longer. */
export async function rewindLanes(services: Services, { from, to }: { readonly from: Date; readonly to: Date }): Promise<void> {
  const rows = await services.db.selectFrom('webhook_lane').selectAll().where('due_at', '>', to).execute();
  for (const { webhookId, sourceConnectionId, dueAt } of rows.map(lanes.toRow)) {
    if (dueAt === null) continue;
    const earlier = new Date(Math.max(to.getTime(), dueAt.getTime() - (from.getTime() - to.getTime())));
    await inTransaction(services, async (tx) => {
      // Unless it has been taken, or let go of, meanwhile.
      await tx.em.nativeUpdate(WebhookLaneEntity, { webhookId, sourceConnectionId, dueAt }, { dueAt: earlier });
      tx.publish(webhookTopic);
    });
  }
}
