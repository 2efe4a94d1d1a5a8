import type { Ctx } from '../context.ts';
import { rowReader } from '../db/rows.ts';
import { type ApiKey, ApiKeyEntity } from './api-key.entity.ts';

export const apiKeys = rowReader(ApiKeyEntity);

/** The organization's keys, the newest first, those too that are revoked or have expired. */
export async function listApiKeys({ db, organizationId }: Pick<Ctx, 'db' | 'organizationId'>): Promise<ApiKey[]> {
  const rows = await db.selectFrom('api_key').selectAll().where('organization_id', '=', organizationId).orderBy('id', 'desc').execute();
  return rows.map(apiKeys.toRow);
}
