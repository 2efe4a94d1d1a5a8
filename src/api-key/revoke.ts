import type { Ctx } from '../context.ts';
import { inTransaction, type TransactionScope } from '../db/transaction.ts';
import { NotFoundError } from '../errors.ts';
import { type ApiKey, ApiKeyEntity } from './api-key.entity.ts';
import { apiKeys } from './read.ts';

type Scope = TransactionScope & Pick<Ctx, 'organizationId'>;

/** From the commit on nobody gets in with the key. One that is revoked already stays as it is. @throws NotFoundError */
export async function revokeApiKey(scope: Scope, id: string): Promise<ApiKey> {
  return inTransaction(scope, async (tx) => {
    const raw = await tx.db
      .selectFrom('api_key')
      .selectAll()
      .where('id', '=', id)
      .where('organization_id', '=', scope.organizationId)
      .executeTakeFirst();
    if (!raw) throw new NotFoundError('API key', id);
    const apiKey = apiKeys.toRow(raw);
    if (apiKey.revokedAt) return apiKey;
    const revokedAt = new Date();
    await tx.em.nativeUpdate(ApiKeyEntity, { id }, { revokedAt });
    return { ...apiKey, revokedAt };
  });
}
