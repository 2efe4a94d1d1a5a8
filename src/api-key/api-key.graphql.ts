import { builder } from '../builder.ts';
import { CollectionRef } from '../collection/collection.graphql.ts';
import { loadOwn } from '../db/rows.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { RoleEnum } from '../organization/organization.graphql.ts';
import type { ApiKey } from './api-key.entity.ts';
import { createApiKey, type NewApiKey } from './create.ts';
import { keyCollectionsRule, keyEmailRule, keyExpiryRule, keyNameRule } from './fields.ts';
import { prefixOfKey } from './key-text.ts';
import { apiKeys, listApiKeys } from './read.ts';
import { revokeApiKey } from './revoke.ts';

const ApiKeyRef = builder.loadableNodeRef('ApiKey', {
  id: { resolve: (apiKey: ApiKey) => apiKey.id },
  toKey: ({ id }: ApiKey) => id,
  sort: true,
  // To whom keys are none of their business there is none, as with ids that do not exist.
  load: async (ids: string[], ctx) => (ctx.role === 'ADMIN' && ctx.collectionIds === null ? loadOwn(ctx, apiKeys, ids) : []),
});
ApiKeyRef.implement({
  description: 'What lets a program in. The key itself was shown once, when it was created.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is for; shown as the actor of what is done with it.' }),
    prefix: t.string({ description: 'How the key begins: what it can be recognised by.', resolve: ({ id }) => prefixOfKey(id) }),
    role: t.expose('role', { type: RoleEnum, description: 'What may be done with it.' }),
    collections: t.field({
      type: [CollectionRef],
      nullable: true,
      description: 'All that exists for it, without those that were deleted since; null = everything in the organization.',
      async resolve({ collectionIds }, _args, ctx) {
        if (collectionIds === null) return null;
        const found = await CollectionRef.getDataloader(ctx).loadMany(collectionIds);
        return found.flatMap((collection) => (collection && !(collection instanceof Error) ? [collection] : []));
      },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'When it ends by itself; null = never.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute; null = not yet.',
    }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked; null = it was not.' }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.field({
    type: [ApiKeyRef],
    authScopes: { admin: true },
    description: 'The keys of the organization, the newest first, those too that were revoked or have expired. For administrators.',
    resolve: (_root, _args, ctx) => listApiKeys(ctx),
  }),
);

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new key.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, 1 to 80 characters.', validate: { schema: keyNameRule } }),
    role: t.field({ type: RoleEnum, required: true, description: 'What may be done with it.' }),
    collectionIds: t.idList({
      description: 'The collections that it is for, at most 100: nothing else exists for it. Left out: everything in the organization.',
      validate: { schema: keyCollectionsRule },
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it ends by itself. Left out: never.', validate: { schema: keyExpiryRule } }),
    email: t.string({ description: 'Where whoever answers for it can be reached.', validate: { schema: keyEmailRule } }),
  }),
});

const CreateApiKeyPayload = builder.objectRef<NewApiKey>('CreateApiKeyPayload').implement({
  description: 'The new key.',
  fields: (t) => ({
    apiKey: t.field({ type: ApiKeyRef, description: 'What is known about it from now on.', resolve: ({ apiKey }) => apiKey }),
    key: t.exposeString('key', { description: 'The key itself. This is the only time that it is shown.' }),
  }),
});

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyPayload,
    authScopes: { admin: true },
    description: 'Creates a key of the organization. It is sent as `X-API-Key`, or as `Authorization: Bearer`. For administrators.',
    errors: { types: [ValidationError] },
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'The new key.' }) },
    resolve: (_root, { input }, ctx) => createApiKey(ctx, input),
  }),
);

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the key.' }) }),
});

const RevokeApiKeyPayload = builder.objectRef<{ apiKey: ApiKey }>('RevokeApiKeyPayload').implement({
  description: 'The revoked key.',
  fields: (t) => ({ apiKey: t.field({ type: ApiKeyRef, description: 'The revoked key.', resolve: ({ apiKey }) => apiKey }) }),
});

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyPayload,
    authScopes: { admin: true },
    description:
      'Revokes a key. Requests with it are refused from then on, and its sockets are closed within seconds. Revoking it again changes nothing. For administrators.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ apiKey: await revokeApiKey(ctx, input.id) }),
  }),
);
