import type { Ctx } from '../context.ts';
import { inTransaction, type TransactionScope } from '../db/transaction.ts';
import { disable } from './disable.ts';
import { enable } from './enable.ts';
import type { WebhookEvent } from './events.ts';
import { checkUrl } from './fields.ts';
import { getWebhook } from './read.ts';
import { type Webhook, WebhookEntity } from './webhook.entity.ts';

export interface UpdateWebhookInput {
  readonly id: string;
  readonly url?: URL | null | undefined;
  readonly events?: readonly WebhookEvent[] | null | undefined;
  readonly enabled?: boolean | null | undefined;
}

type Scope = TransactionScope & Pick<Ctx, 'config'>;

/** What is pending goes to the new address. What is left out stays as it is. @throws NotFoundError ValidationError */
export async function updateWebhook(scope: Scope, { id, url, events, enabled }: UpdateWebhookInput): Promise<Webhook> {
  const { egress, webhookTimeoutMs } = scope.config;
  return inTransaction(scope, async (tx) => {
    const { disabledAt } = await getWebhook(tx, id);
    if (url) checkUrl(url, egress);
    const changes = { ...(url ? { url: url.href } : {}), ...(events ? { events: [...new Set(events)] } : {}) };
    if (url || events) await tx.em.nativeUpdate(WebhookEntity, { id }, changes);
    if (enabled === true && disabledAt !== null) await enable(tx, id, webhookTimeoutMs);
    if (enabled === false && disabledAt === null) await disable(tx, id);
    return getWebhook(tx, id);
  });
}
