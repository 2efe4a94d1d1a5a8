import { sql } from 'kysely';
import type { Services } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';

const lookedAtOnce = 50;

/**
 * Purges collections that were deleted before a moment, once none of their source connections is left, and says how many rows after each. The one with
 * the greatest number stays: the next number is counted from it.
 */
export async function* purgeCollections(services: Services, before: Date): AsyncGenerator<number> {
  let last: readonly [deletedAt: unknown, id: unknown] | undefined;
  for (;;) {
    let query = services.db
      .selectFrom('collection')
      .select(['id', 'number', 'deleted_at'])
      .where('deleted_at', '<', before.getTime())
      .where(
        'number',
        '<',
        services.db.selectFrom('collection').select(({ fn }) => fn.max('number').as('greatest')),
      )
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('source_connection').select('id').whereRef('source_connection.collection_id', '=', 'collection.id'))),
      );
    if (last) query = query.where(sql<boolean>`(deleted_at, id) > (${last[0]}, ${last[1]})`);
    const tombstones = await query.orderBy('deleted_at').orderBy('id').limit(lookedAtOnce).execute();
    if (tombstones.length === 0) return;
    for (const { id, number, deleted_at } of tombstones) {
      last = [deleted_at, id];
      // Should they be there still, after a crash, nobody would know any more whose they were.
      await services.records.deleteCollection({ id: id as string, number: Number(number) });
      await inTransaction(services, (tx) =>
        tx.db
          .deleteFrom('collection')
          .where('id', '=', id as string)
          .execute(),
      );
      yield 1;
    }
  }
}
