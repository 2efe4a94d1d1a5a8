import { inTransaction, type TransactionScope } from '../db/transaction.ts';
import { newId } from '../lib/typeid.ts';
import { OrganizationEntity } from './organization.entity.ts';

/** The one organization of a gateway with local auth; made at the first start. @returns its id */
export async function ensureLocalOrganization(scope: TransactionScope): Promise<string> {
  return inTransaction(scope, async (tx) => {
    const known = await tx.db.selectFrom('organization').select('id').orderBy('id').limit(1).executeTakeFirst();
    if (known) return known['id'] as string;
    const id = newId('org');
    await tx.em.insert(OrganizationEntity, { id, name: 'Local', createdAt: new Date() });
    return id;
  });
}
