import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { ValidationError } from '../errors.ts';
import { webhookTopic } from './enqueue.ts';
import { openLanes } from './lane.ts';
import { deliveries, getWebhook } from './read.ts';
import type { Webhook } from './webhook.entity.ts';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.ts';

const mostEvents = 10_000;
const batchSize = 500;

export interface Replay {
  readonly webhook: Webhook;
  /** Events that will be sent again; those that were still pending are not among them. */
  readonly scheduled: number;
}

/**
 * Makes everything pending again that happened since a time, the oldest first, with all attempts before it. The ids stay, so that a receiver knows
 * what it has seen. In small transactions: one that was broken off has scheduled a part, and may be asked for again.
 * @throws NotFoundError, ValidationError when it is too much for one call
 */
export async function replayWebhook(ctx: Ctx, { id, since }: { readonly id: string; readonly since: Date }): Promise<Replay> {
  await getWebhook(ctx, id);
  const cursors = await findSince(ctx, id, since);
  for (let start = 0; start + batchSize < cursors.length; start += batchSize) await schedule(ctx, id, cursors.slice(start, start + batchSize), true);
  const rest = cursors.length % batchSize || Math.min(batchSize, cursors.length);
  const webhook = await schedule(ctx, id, cursors.slice(cursors.length - rest), false);
  return { webhook, scheduled: cursors.length };
}

/** What has been delivered or given up, in order. */
async function findSince({ db }: Ctx, webhookId: string, since: Date): Promise<number[]> {
  const newest = await db
    .selectFrom(deliveries.table)
    .select(['cursor', 'at', 'delivered_at', 'given_up_at'])
    .where('webhook_id', '=', webhookId)
    .orderBy('cursor', 'desc')
    .limit(mostEvents + 1)
    .execute();
  const found = newest.filter(({ at }) => new Date(at).getTime() >= since.getTime());
  if (found.length > mostEvents) throw new ValidationError([{ path: ['since'], message: `More than ${mostEvents} events: choose a later time.` }]);
  return found.flatMap(({ cursor, delivered_at, given_up_at }) => (delivered_at === null && given_up_at === null ? [] : [Number(cursor)])).reverse();
}

async function schedule(ctx: Ctx, id: string, cursors: readonly number[], isStep: boolean): Promise<Webhook> {
  return inTransaction(ctx, async (tx) => {
    // Steps leave no entry in the audit log: the last one does, for all.
    if (isStep) tx.report(null);
    const webhook = await getWebhook(tx, id);
    if (cursors.length === 0) return webhook;
    const rows = await tx.db
      .selectFrom(deliveries.table)
      .select('source_connection_id')
      .distinct()
      .where('cursor', 'in', [...cursors])
      .execute();
    const owners = {
      organizationId: ctx.organizationId,
      webhookIds: [id],
      sourceConnectionIds: rows.map((row) => row['source_connection_id'] as string),
    };
    await openLanes(tx.db, owners, webhook.disabledAt === null ? new Date() : null);
    const anew = { attempt: 0, responseStatus: null, deliveredAt: null, givenUpAt: null };
    await tx.em.nativeUpdate(WebhookDeliveryEntity, { cursor: { $in: [...cursors] } }, anew);
    tx.publish(webhookTopic);
    return webhook;
  });
}
