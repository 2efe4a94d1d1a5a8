import type { Ctx } from '../context.ts';
import { rowReader } from '../db/rows.ts';
import { NotFoundError } from '../errors.ts';
import { type Collection, CollectionEntity } from './collection.entity.ts';

export const collections = rowReader(CollectionEntity);

type Reader = Pick<Ctx, 'db'>;

export async function findCollection({ db }: Reader, by: { id: string } | { readableId: string }): Promise<Collection | undefined> {
  const query = db.selectFrom('collection').selectAll().where('deleted_at', 'is', null);
  const raw = await ('id' in by ? query.where('id', '=', by.id) : query.where('readable_id', '=', by.readableId)).executeTakeFirst();
  return raw && collections.toRow(raw);
}

/** @throws NotFoundError when it is not the caller's */
export async function getCollection(ctx: Reader, by: { id: string } | { readableId: string }): Promise<Collection> {
  const collection = await findCollection(ctx, by);
  if (!collection) throw new NotFoundError('collection', 'id' in by ? by.id : by.readableId);
  return collection;
}
