import type { Transaction } from '../db/transaction.ts';
import { newId } from '../lib/typeid.ts';
import { findOrganizations, type NamedOrganization } from './find.ts';
import { OrganizationEntity } from './organization.entity.ts';

/** The organization of that name, made if there is none. */
export async function ensureOrganization(tx: Transaction, name: string): Promise<NamedOrganization> {
  const [known] = await findOrganizations(tx.db, [name]);
  if (known) return known;
  const organization = { id: newId('org'), name, createdAt: new Date() };
  await tx.em.insert(OrganizationEntity, organization);
  return organization;
}
