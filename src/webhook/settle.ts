import { inTransaction, type Transaction, type TransactionScope } from '../db/transaction.ts';
import { givenUpUntilDisabled, mostAttempts, waitMsAfter } from './after-attempt.ts';
import type { Outcome } from './attempt.ts';
import { type Errand, nextErrand } from './claim.ts';
import { disable } from './disable.ts';
import { changeLane } from './lane.ts';
import { webhooks } from './read.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.ts';

const gone = 410;

export interface SettleOptions {
  readonly leaseMs: number;
  readonly retryBaseMs: number;
}

/**
 * Writes down what became of an attempt, only now that it has ended: until then the event is pending, whatever happens to us.
 * @returns what comes next in the lane; nothing when it has to wait, or is not held any more
 */
export async function settle(scope: TransactionScope, errand: Errand, outcome: Outcome, options: SettleOptions): Promise<Errand | undefined> {
  return inTransaction(scope, async (tx) => {
    const now = new Date();
    const { lane, delivery, webhook } = errand;
    if (!(await changeLane(tx, lane, { dueAt: new Date(now.getTime() + options.leaseMs) }))) return undefined;
    const attempt = delivery.attempt + 1;
    const isDelivered = outcome.status !== null && outcome.status >= 200 && outcome.status < 300;
    const isGivenUp = !isDelivered && attempt >= mostAttempts && outcome.status !== gone;
    const changes = { attempt, responseStatus: outcome.status, deliveredAt: isDelivered ? now : null, givenUpAt: isGivenUp ? now : null };
    await tx.em.nativeUpdate(WebhookDeliveryEntity, { id: delivery.id }, changes);
    if (isDelivered) await tx.em.nativeUpdate(WebhookEntity, { id: webhook.id, consecutiveFailures: { $gt: 0 } }, { consecutiveFailures: 0 });
    else if (outcome.status === gone) await disable(tx, webhook.id, outcome.message);
    else if (isGivenUp) await countGivenUp(tx, webhook.id, outcome);
    else {
      const waitMs = waitMsAfter(attempt, options.retryBaseMs, outcome.retryAfterMs);
      await changeLane(tx, lane, { dueAt: new Date(now.getTime() + waitMs), leaseToken: null });
      return undefined;
    }
    return nextErrand(tx, lane);
  });
}

async function countGivenUp(tx: Transaction, id: string, { message }: Outcome): Promise<void> {
  const { consecutiveFailures } = webhooks.toRow(await tx.db.selectFrom('webhook').selectAll().where('id', '=', id).executeTakeFirstOrThrow());
  await tx.em.nativeUpdate(WebhookEntity, { id }, { consecutiveFailures: consecutiveFailures + 1 });
  if (consecutiveFailures + 1 >= givenUpUntilDisabled)
    await disable(tx, id, `${givenUpUntilDisabled} events in a row were given up after ${mostAttempts} attempts each. ${message}`);
}
