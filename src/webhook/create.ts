import type { Ctx } from '../context.ts';
import { inTransaction, type TransactionScope } from '../db/transaction.ts';
import { ConflictError } from '../errors.ts';
import { newId } from '../lib/typeid.ts';
import { webhookTopic } from './enqueue.ts';
import type { WebhookEvent } from './events.ts';
import { checkUrl } from './fields.ts';
import { newSecret, sealSecret } from './secret.ts';
import { type Webhook, WebhookEntity } from './webhook.entity.ts';

const mostWebhooks = 20;

export interface CreateWebhookInput {
  readonly url: URL;
  readonly events: readonly WebhookEvent[];
}

export interface NewWebhook {
  readonly webhook: Webhook;
  /** Nobody can see it again. */
  readonly secret: string;
}

type Scope = TransactionScope & Pick<Ctx, 'encryptionKeys' | 'organizationId' | 'config'>;

/** What happens from the commit on is sent there. @throws ValidationError, ConflictError when the organization has as many as it may */
export async function createWebhook(scope: Scope, { url, events }: CreateWebhookInput): Promise<NewWebhook> {
  checkUrl(url, scope.config.egress);
  const { organizationId, encryptionKeys } = scope;
  const id = newId('wh');
  const secret = newSecret();
  const webhook = await inTransaction(scope, async (tx) => {
    const { count } = await tx.db
      .selectFrom('webhook')
      .select(({ fn }) => fn.countAll().as('count'))
      .where('organization_id', '=', organizationId)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (Number(count) >= mostWebhooks) throw new ConflictError(`There are ${mostWebhooks} webhooks already. Delete one first.`);
    const row: Webhook = {
      id,
      organizationId,
      url: url.href,
      events: [...new Set(events)],
      sealedSecret: sealSecret(encryptionKeys, { id, organizationId }, secret),
      consecutiveFailures: 0,
      createdAt: new Date(),
      disabledAt: null,
      disabledReason: null,
      deletedAt: null,
    };
    await tx.em.insert(WebhookEntity, row);
    tx.publish(webhookTopic);
    return row;
  });
  return { webhook, secret };
}
