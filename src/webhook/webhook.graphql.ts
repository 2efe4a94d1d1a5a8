import { builder } from '../builder.ts';
import { loadOwn } from '../db/rows.ts';
import { pageComplexity } from '../paging/complexity.ts';
import type { webhookEvents } from './events.ts';
import { listDeliveries } from './list-deliveries.ts';
import { listWebhooks, webhooks } from './read.ts';
import type { Webhook } from './webhook.entity.ts';
import type { WebhookDelivery } from './webhook-delivery.entity.ts';

export const WebhookEventEnum = builder.enumType('WebhookEvent', {
  description: 'What a webhook can be told of.',
  values: {
    SYNC_JOB_TRANSITION: { description: 'A sync job changed its status: what `syncJobTransitions` shows. Its `type` is `sync_job.transition`.' },
    SOURCE_CONNECTION_STATUS: {
      description:
        'A source connection changed its status or health, or is about to be paused for its failures: what `sourceConnectionStatus` pushes. Its `type` is `source_connection.status`.',
    },
  } satisfies Record<(typeof webhookEvents)[number], { description: string }>,
});

export const WebhookRef = builder.loadableNodeRef('Webhook', {
  id: { resolve: (webhook: Webhook) => webhook.id },
  toKey: ({ id }: Webhook) => id,
  sort: true,
  async load(ids: string[], ctx) {
    // To whom webhooks are none of their business there is none, as with ids that do not exist.
    if (ctx.role !== 'ADMIN' || ctx.collectionIds !== null) return [];
    return (await loadOwn(ctx, webhooks, ids)).filter(({ deletedAt }) => deletedAt === null);
  },
});
WebhookRef.implement({
  description: 'Where the events of the organization are sent, signed as Standard Webhooks asks for. The secret was shown once, when it was created.',
  fields: (t) => ({
    url: t.expose('url', { type: 'URL', description: 'Where the events are sent, by POST.' }),
    events: t.field({ type: [WebhookEventEnum], description: 'Which events are sent.', resolve: ({ events }) => events }),
    enabled: t.boolean({
      description: 'Whether events are sent. While it is false none are kept for later, but for those that were waiting already.',
      resolve: ({ disabledAt }) => disabledAt === null,
    }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why it was disabled by itself, for a person; null while it is enabled, or when somebody disabled it.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
  }),
});

const WebhookDeliveryRef = builder.objectRef<WebhookDelivery>('WebhookDelivery').implement({
  description: 'One event for one webhook, and what became of it. It is sent up to five times, until the receiver answers with a status of 2xx.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What the receiver gets as `webhook-id`: the same with every attempt, and when it is replayed.' }),
    event: t.field({ type: WebhookEventEnum, description: 'What happened.', resolve: ({ event }) => event }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    attempt: t.exposeInt('attempt', { description: 'How often it was sent, since it was last replayed; 0 = it waits.' }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'The HTTP status of the last answer; null when there was none.',
    }),
    delivered: t.boolean({
      description: 'Whether the receiver has it; false while it waits, and when it was given up.',
      resolve: ({ deliveredAt }) => deliveredAt !== null,
    }),
  }),
});

const WebhookDeliveryConnection = builder.connectionObject(
  { type: WebhookDeliveryRef, name: 'WebhookDeliveryConnection', description: 'A page of deliveries.' },
  { name: 'WebhookDeliveryEdge', description: 'A delivery in a page.' },
);

builder.objectField(WebhookRef, 'deliveries', (t) =>
  t.connection(
    {
      type: WebhookDeliveryRef,
      description: 'What was sent, or waits to be, the newest event first. At most 100 at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      resolve: ({ id }, args, ctx) => listDeliveries(ctx, id, args),
    },
    WebhookDeliveryConnection,
  ),
);

builder.queryField('webhooks', (t) =>
  t.field({
    type: [WebhookRef],
    authScopes: { admin: true },
    description: 'The webhooks of the organization, the newest first. For administrators.',
    resolve: (_root, _args, ctx) => listWebhooks(ctx),
  }),
);
