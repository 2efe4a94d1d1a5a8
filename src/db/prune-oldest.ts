import { inTransaction, type Transaction, type TransactionScope } from './transaction.ts';

/** Rows of one transaction: whoever waits for the lock hardly notices. */
export const pruneBatch = 250;

export interface AgingTable {
  readonly name: string;
  /** Its primary key, which grows with time: the oldest rows are found at its beginning, without an index by age. */
  readonly key: 'cursor' | 'id';
  /** The column with the time. */
  readonly at: string;
  /** Deletes these rows, or those of them that may go. @returns how many it deleted */
  remove(tx: Transaction, keys: readonly unknown[]): Promise<number>;
}

/** Deletes the rows that are older than a moment, some in each transaction, and says how many after each. */
export async function* pruneOldest(services: TransactionScope, { name, key, at, remove }: AgingTable, before: Date): AsyncGenerator<number> {
  let last: unknown;
  for (;;) {
    const batch = await inTransaction(services, async (tx) => {
      let query = tx.db.selectFrom(name).select([key, at]);
      if (last !== undefined) query = query.where(key, '>', last);
      const rows = await query.orderBy(key).limit(pruneBatch).execute();
      // A clock that was set back leaves a young row among the old ones.
      const keys = rows.filter((row) => Number(row[at]) < before.getTime()).map((row) => row[key] as unknown);
      return { old: keys.length, removed: keys.length > 0 ? await remove(tx, keys) : 0, last: rows.at(-1)?.[key] };
    });
    if (batch.old === 0) return;
    // Only now: a transaction that lost a race is done again, from the same place.
    last = batch.last;
    if (batch.removed > 0) yield batch.removed;
  }
}
