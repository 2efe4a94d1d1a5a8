import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { ConflictError } from '../errors.ts';
import { newId } from '../lib/typeid.ts';
import { type Collection, CollectionEntity } from './collection.entity.ts';

export interface CreateCollectionInput {
  readonly name: string;
  readonly readableId?: string | null | undefined;
}

/** @throws ConflictError when the readable id is taken */
export async function createCollection(ctx: Ctx, input: CreateCollectionInput): Promise<Collection> {
  return inTransaction(ctx, (tx) => insertCollection(tx, ctx.organizationId, input));
}

/** Without a readable id one is made of the name, with a number behind it when others have the same. @throws ConflictError */
export async function insertCollection(tx: Transaction, organizationId: string, input: CreateCollectionInput): Promise<Collection> {
  const { greatest } = await tx.db
    .selectFrom('collection')
    .select(({ fn }) => fn.max('number').as('greatest'))
    .executeTakeFirstOrThrow();
  const collection: Collection = {
    id: newId('col'),
    number: Number(greatest ?? 0) + 1,
    organizationId,
    name: input.name,
    readableId: input.readableId ?? (await freeReadableId(tx, organizationId, slug(input.name))),
    createdAt: new Date(),
    deletedAt: null,
  };
  if (input.readableId && (await isTaken(tx, organizationId, input.readableId)))
    throw new ConflictError('A collection with this readableId exists already.');
  await tx.em.insert(CollectionEntity, collection);
  return collection;
}

async function isTaken(tx: Transaction, organizationId: string, readableId: string): Promise<boolean> {
  const taken = await tx.db
    .selectFrom('collection')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('readable_id', '=', readableId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return taken !== undefined;
}

async function freeReadableId(tx: Transaction, organizationId: string, wanted: string): Promise<string> {
  if (!(await isTaken(tx, organizationId, wanted))) return wanted;
  // The number of the newest collection is not taken either, unless somebody chose it: then the next one is.
  const { count } = await tx.db
    .selectFrom('collection')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('organization_id', '=', organizationId)
    .where('readable_id', '>=', `${wanted}-`)
    .where('readable_id', '<', `${wanted}.`)
    .executeTakeFirstOrThrow();
  for (let suffix = Number(count) + 2; ; suffix++) {
    const candidate = `${wanted}-${suffix}`;
    if (!(await isTaken(tx, organizationId, candidate))) return candidate;
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
