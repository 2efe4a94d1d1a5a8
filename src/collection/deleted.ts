import type { GatewayServices } from '../context.ts';
import type { CollectionKey } from '../records/store.ts';

/** The tombstones: their records are gone, or will be after a crash that kept a worker from removing them. */
export async function findDeletedCollections({ db }: Pick<GatewayServices, 'db'>): Promise<CollectionKey[]> {
  const rows = await db.selectFrom('collection').select(['id', 'number']).where('deleted_at', 'is not', null).execute();
  return rows.map(({ id, number }) => ({ id: id as string, number: Number(number) }));
}
