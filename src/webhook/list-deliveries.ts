import type { Ctx } from '../context.ts';
import { keysetPage, type Page } from '../paging/keyset.ts';
import type { PageArgs } from '../paging/page-args.ts';
import { deliveries } from './read.ts';
import type { WebhookDelivery } from './webhook-delivery.entity.ts';

/** What was sent to a webhook, or waits to be, the newest event first. */
export async function listDeliveries({ db }: Pick<Ctx, 'db'>, webhookId: string, args: PageArgs): Promise<Page<WebhookDelivery>> {
  return keysetPage<WebhookDelivery>(args, {
    query: db.selectFrom(deliveries.table).selectAll().where('webhook_id', '=', webhookId),
    columns: ['cursor'],
    direction: 'desc',
    keyOf: ({ cursor }) => [cursor],
    toRow: deliveries.toSharedRow,
    binding: 'webhook-deliveries',
  });
}
