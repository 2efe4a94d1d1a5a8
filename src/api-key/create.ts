import type { Ctx, Role } from '../context.ts';
import { inTransaction, type Transaction, type TransactionScope } from '../db/transaction.ts';
import { ValidationError } from '../errors.ts';
import { newId } from '../lib/typeid.ts';
import { type ApiKey, ApiKeyEntity } from './api-key.entity.ts';
import { newKeyText } from './key-text.ts';
import { sealSecret } from './secret.ts';

export interface CreateApiKeyInput {
  readonly name: string;
  readonly role: Role;
  readonly collectionIds?: readonly string[] | null | undefined;
  readonly expiresAt?: Date | null | undefined;
  readonly email?: string | null | undefined;
}

export interface NewApiKey {
  readonly apiKey: ApiKey;
  /** The key itself. Nobody can see it again. */
  readonly key: string;
}

type Scope = TransactionScope & Pick<Ctx, 'encryptionKeys' | 'organizationId' | 'actor'>;

/** Makes a key of the caller's organization. @throws ValidationError when a collection is not there */
export async function createApiKey(scope: Scope, input: CreateApiKeyInput): Promise<NewApiKey> {
  const id = newId('key');
  const key = newKeyText(id);
  const apiKey = await inTransaction(scope, (tx) => insertApiKey(tx, scope, { ...input, id, key }));
  return { apiKey, key };
}

async function insertApiKey(
  tx: Transaction,
  { encryptionKeys, organizationId, actor }: Scope,
  { id, key, name, role, collectionIds = null, expiresAt = null, email = null }: CreateApiKeyInput & { readonly id: string; readonly key: string },
): Promise<ApiKey> {
  if (collectionIds) await requireCollections(tx, organizationId, collectionIds);
  const apiKey: ApiKey = {
    id,
    organizationId,
    name: name.trim(),
    email,
    role,
    collectionIds: collectionIds && [...new Set(collectionIds)],
    ...sealSecret(encryptionKeys, { id, organizationId }, key),
    createdAt: new Date(),
    createdBy: actor,
    expiresAt,
    lastUsedAt: null,
    revokedAt: null,
  };
  await tx.em.insert(ApiKeyEntity, apiKey);
  return apiKey;
}

/** @throws ValidationError that names every id of which there is no collection, or another organization's */
async function requireCollections(tx: Transaction, organizationId: string, ids: readonly string[]): Promise<void> {
  const rows = await tx.db
    .selectFrom('collection')
    .select('id')
    .where('id', 'in', [...ids])
    .where('organization_id', '=', organizationId)
    .where('deleted_at', 'is', null)
    .execute();
  const known = new Set(rows.map(({ id }) => id));
  const issues = ids.flatMap((id, index) =>
    known.has(id) ? [] : [{ path: ['collectionIds', String(index)], message: 'There is no such collection.' }],
  );
  if (issues.length > 0) throw new ValidationError(issues);
}
