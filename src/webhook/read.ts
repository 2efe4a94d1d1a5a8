import type { Ctx } from '../context.ts';
import { type Db, rowReader } from '../db/rows.ts';
import { NotFoundError } from '../errors.ts';
import { type Webhook, WebhookEntity } from './webhook.entity.ts';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.ts';
import { WebhookLaneEntity } from './webhook-lane.entity.ts';

export const webhooks = rowReader(WebhookEntity);
export const deliveries = rowReader(WebhookDeliveryEntity);
export const lanes = rowReader(WebhookLaneEntity);

/** The organization's webhooks, the newest first. */
export async function listWebhooks({ db, organizationId }: Pick<Ctx, 'db' | 'organizationId'>): Promise<Webhook[]> {
  const rows = await db
    .selectFrom(webhooks.table)
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .execute();
  return rows.map(webhooks.toRow);
}

/** @throws NotFoundError */
export async function getWebhook({ db }: { readonly db: Db }, id: string): Promise<Webhook> {
  const raw = await db.selectFrom(webhooks.table).selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst();
  if (!raw) throw new NotFoundError('webhook', id);
  return webhooks.toRow(raw);
}
