import type { Transaction } from './database.ts';
import type { Place } from './schema.ts';

/** Deletes the first rows beyond `after`, so many at most, and returns how many. By a bound, which leaves the planner no choice but the index. */
export async function deleteRows(tx: Transaction, { table, rowsOf }: Place, after: number, most: number): Promise<number> {
  const [deleted] = await tx.rows<{ count: number }>(
    `with deleted as (
       delete from ${table} r where ${rowsOf('r')}r.row > $1 and r.row <= coalesce(
         (select u.row from ${table} u where ${rowsOf('u')}u.row > $1 order by u.row offset $2::integer - 1 limit 1), 9007199254740991
       ) returning 1
     ) select count(*)::integer as count from deleted`,
    [after, most],
  );
  return deleted?.count ?? 0;
}
