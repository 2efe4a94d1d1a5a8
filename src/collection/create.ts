import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { ConflictError, ForbiddenError } from '../errors.ts';
import { newId } from '../lib/typeid.ts';
import { type Collection, CollectionEntity } from './collection.entity.ts';

export interface CreateCollectionInput {
  readonly name: string;
  readonly readableId?: string | null | undefined;
}

/** @throws ForbiddenError for a caller that sees only some collections, ConflictError when the readable id is taken */
export async function createCollection(ctx: Ctx, input: CreateCollectionInput): Promise<Collection> {
  if (ctx.collectionIds !== null) throw new ForbiddenError('Your key is for certain collections. It cannot create another one.');
  return inTransaction(ctx, (tx) => insertCollection(tx, ctx.organizationId, input));
}

/** Without a readable id one is made of the name, with a number behind it when others have the same. @throws ConflictError */
export async function insertCollection(tx: Transaction, organizationId: string, input: CreateCollectionInput): Promise<Collection> {
  // Numbers are part of the ids of records, whoever owns the collection.
  const { greatest } = await tx.forEveryOrganization.db
    .selectFrom('collection')
    .select(({ fn }) => fn.max('number').as('greatest'))
    .executeTakeFirstOrThrow();
  const collection: Collection = {
    id: newId('col'),
    number: Number(greatest ?? 0) + 1,
    organizationId,
    name: input.name,
    readableId: input.readableId ?? (await freeReadableId(tx, slug(input.name))),
    createdAt: new Date(),
    deletedAt: null,
  };
  if (input.readableId && (await isTaken(tx, input.readableId))) throw new ConflictError('A collection with this readableId exists already.');
  await tx.em.insert(CollectionEntity, collection);
  return collection;
}

async function isTaken(tx: Transaction, readableId: string): Promise<boolean> {
  const taken = await tx.db
    .selectFrom('collection')
    .select('id')
    .where('readable_id', '=', readableId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return taken !== undefined;
}

async function freeReadableId(tx: Transaction, wanted: string): Promise<string> {
  if (!(await isTaken(tx, wanted))) return wanted;
  // The number of the newest collection is not taken either, unless somebody chose it: then the next one is.
  const { count } = await tx.db
    .selectFrom('collection')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('readable_id', '>=', `${wanted}-`)
    .where('readable_id', '<', `${wanted}.`)
    .executeTakeFirstOrThrow();
  for (let suffix = Number(count) + 2; ; suffix++) {
    const candidate = `${wanted}-${suffix}`;
    if (!(await isTaken(tx, candidate))) return candidate;
  }
}

function slug(name: string): string {
  const ascii = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return (
    ascii
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 48) || 'collection'
  );
}
