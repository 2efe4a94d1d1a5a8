import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { ConflictError } from '../errors.ts';
import { CollectionEntity } from './collection.entity.ts';
import { getCollection } from './read.ts';

/**
 * Deletes a collection with its records. The row stays as a tombstone, so that its number is never given again; a worker removes the file.
 * @throws NotFoundError, ConflictError while it has source connections that are not deleted
 */
export async function deleteCollection(ctx: Ctx, id: string): Promise<string> {
  const { number } = await inTransaction(ctx, async (tx) => {
    const collection = await getCollection(tx, { id });
    const inUse = await tx.db
      .selectFrom('source_connection')
      .select('name')
      .where('collection_id', '=', id)
      .where('deleted_at', 'is', null)
      .limit(1)
      .executeTakeFirst();
    if (inUse) throw new ConflictError(`The source connection "${inUse['name']}" writes into this collection. Delete it first.`);
    await tx.em.nativeUpdate(CollectionEntity, { id }, { deletedAt: new Date() });
    // What deleted source connections still say about their streams.
    await tx.db.updateTable('configured_stream').set({ record_count: 0, state: null }).where('collection_id', '=', id).execute();
    return collection;
  });
  ctx.discardRecords({ id, number });
  return id;
}
