import { builder } from '../builder.ts';
import { ConflictError, NotFoundError, ValidationError } from '../errors.ts';
import { createWebhook, type NewWebhook } from './create.ts';
import { deleteWebhook } from './delete.ts';
import { webhookEventsRule } from './fields.ts';
import { type Replay, replayWebhook } from './replay.ts';
import { updateWebhook } from './update.ts';
import type { Webhook } from './webhook.entity.ts';
import { WebhookEventEnum, WebhookRef } from './webhook.graphql.ts';

const CreateWebhookInput = builder.inputType('CreateWebhookInput', {
  description: 'A new webhook.',
  fields: (t) => ({
    url: t.field({ type: 'URL', required: true, description: 'Where to send the events: https, at most 2,048 characters, without a password.' }),
    events: t.field({
      type: [WebhookEventEnum],
      required: true,
      description: 'Which events, at least one.',
      validate: { schema: webhookEventsRule },
    }),
  }),
});

const CreateWebhookPayload = builder.objectRef<NewWebhook>('CreateWebhookPayload').implement({
  description: 'The new webhook.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The new webhook.', resolve: ({ webhook }) => webhook }),
    secret: t.exposeString('secret', {
      description: 'The signing secret, `whsec_…`, with which the receiver verifies what it gets. This is the only time that it is shown.',
    }),
  }),
});

builder.mutationField('createWebhook', (t) =>
  t.field({
    type: CreateWebhookPayload,
    authScopes: { admin: true },
    description: 'Has events of the organization sent to a server of yours from now on. At most 20 webhooks. For administrators.',
    errors: { types: [ValidationError, ConflictError] },
    args: { input: t.arg({ type: CreateWebhookInput, required: true, description: 'The new webhook.' }) },
    resolve: (_root, { input }, ctx) => createWebhook(ctx, input),
  }),
);

const UpdateWebhookInput = builder.inputType('UpdateWebhookInput', {
  description: 'What to change about a webhook. What is left out stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
    url: t.field({ type: 'URL', description: 'Where to send the events from now on, those too that wait already.' }),
    events: t.field({ type: [WebhookEventEnum], description: 'Which events from now on, at least one.', validate: { schema: webhookEventsRule } }),
    enabled: t.boolean({ description: 'True goes on with the events that wait since it was disabled; those that happened since are not sent.' }),
  }),
});

const UpdateWebhookPayload = builder.objectRef<{ webhook: Webhook }>('UpdateWebhookPayload').implement({
  description: 'The changed webhook.',
  fields: (t) => ({ webhook: t.field({ type: WebhookRef, description: 'The changed webhook.', resolve: ({ webhook }) => webhook }) }),
});

builder.mutationField('updateWebhook', (t) =>
  t.field({
    type: UpdateWebhookPayload,
    authScopes: { admin: true },
    description: 'Changes a webhook, disables it or enables it again. Its secret stays. For administrators.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: UpdateWebhookInput, required: true, description: 'Which one, and what to change.' }) },
    resolve: async (_root, { input }, ctx) => ({ webhook: await updateWebhook(ctx, input) }),
  }),
);

const DeleteWebhookInput = builder.inputType('DeleteWebhookInput', {
  description: 'Which webhook to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the webhook.' }) }),
});

const DeleteWebhookPayload = builder.objectRef<{ deletedId: string }>('DeleteWebhookPayload').implement({
  description: 'What was deleted.',
  fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'The id of the deleted webhook.' }) }),
});

builder.mutationField('deleteWebhook', (t) =>
  t.field({
    type: DeleteWebhookPayload,
    authScopes: { admin: true },
    description: 'Deletes a webhook with its history. Nothing more is sent, not even what was waiting. For administrators.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: DeleteWebhookInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ deletedId: await deleteWebhook(ctx, input.id) }),
  }),
);

const ReplayWebhookInput = builder.inputType('ReplayWebhookInput', {
  description: 'What to send again.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of the webhook.' }),
    since: t.field({ type: 'DateTime', required: true, description: 'Everything that happened at this time or later, at most 10,000 events.' }),
  }),
});

const ReplayWebhookPayload = builder.objectRef<Replay>('ReplayWebhookPayload').implement({
  description: 'What will be sent again.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The webhook.', resolve: ({ webhook }) => webhook }),
    scheduled: t.exposeInt('scheduled', { description: 'How many events will be sent again. Those that were waiting anyway are not counted.' }),
  }),
});

builder.mutationField('replayWebhook', (t) =>
  t.field({
    type: ReplayWebhookPayload,
    authScopes: { admin: true },
    description:
      'Sends again what was sent to this webhook since a time, or given up, in the same order and with the same `webhook-id`. What is no longer in its history is not sent. For administrators.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: ReplayWebhookInput, required: true, description: 'Which one, and since when.' }) },
    resolve: (_root, { input }, ctx) => replayWebhook(ctx, input),
  }),
);
