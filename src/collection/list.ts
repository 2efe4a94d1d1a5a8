import type { Ctx } from '../context.ts';
import { keysetPage, type Page } from '../paging/keyset.ts';
import type { PageArgs } from '../paging/page-args.ts';
import type { Collection } from './collection.entity.ts';
import { collections } from './read.ts';

/** The caller's collections, the newest first. */
export async function listCollections(ctx: Ctx, args: PageArgs): Promise<Page<Collection> & { totalCount: () => Promise<number> }> {
  const query = ctx.db.selectFrom('collection').where('deleted_at', 'is', null);
  const page = await keysetPage<Collection>(args, {
    query: query.selectAll(),
    columns: ['id'],
    direction: 'desc',
    keyOf: ({ id }) => [id],
    toRow: collections.toSharedRow,
    binding: 'collections',
  });
  return { ...page, totalCount: async () => Number((await query.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count) };
}
