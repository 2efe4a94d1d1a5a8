import type { Db } from '../db/rows.ts';
import { prefixOf } from '../lib/typeid.ts';

export interface NamedOrganization {
  readonly id: string;
  readonly name: string;
}

/** Every organization, in the order in which they were made. */
export async function listOrganizations(db: Db): Promise<NamedOrganization[]> {
  return (await db.selectFrom('organization').select(['id', 'name']).orderBy('id').execute()).map(named);
}

/** The organizations with these ids and exact names, each once. What reads like an id is never taken for a name. */
export async function findOrganizations(db: Db, idsOrNames: readonly string[]): Promise<NamedOrganization[]> {
  const ids = idsOrNames.filter((text) => prefixOf(text) === 'org');
  const names = idsOrNames.filter((text) => prefixOf(text) !== 'org');
  if (ids.length + names.length === 0) return [];
  const rows = await db
    .selectFrom('organization')
    .select(['id', 'name'])
    .where(({ eb, or }) => or([...(ids.length > 0 ? [eb('id', 'in', ids)] : []), ...(names.length > 0 ? [eb('name', 'in', names)] : [])]))
    .orderBy('id')
    .execute();
  return rows.map(named);
}

function named({ id, name }: Record<string, unknown>): NamedOrganization {
  return { id: id as string, name: name as string };
}
