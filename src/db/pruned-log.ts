import type { LogEntry } from '../events/log-window.ts';
import type { Db } from './rows.ts';
import type { OwnedRow } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** Wakes whoever holds rows of a log in memory, when some of them were deleted. */
export const prunedTopic = (table: string) => `${table}:pruned`;

/** The columns to return of rows that are deleted, for `markPruned`. */
export const prunedColumns = ['cursor', 'organization_id', 'collection_id'] as const;

/**
 * Writes down how far a log has gaps, in the transaction that makes them: the greatest cursor that was deleted, for each collection. Marks only rise.
 * @param rows the `prunedColumns` of what is deleted
 */
export async function markPruned(tx: Pick<Transaction, 'db' | 'publish'>, log: string, rows: readonly Record<string, unknown>[]): Promise<void> {
  const marks = new Map<string, OwnedRow & LogEntry>();
  for (const row of rows) {
    const [cursor, collectionId] = [Number(row['cursor']), row['collection_id'] as string];
    if (cursor > (marks.get(collectionId)?.cursor ?? 0))
      marks.set(collectionId, { cursor, collectionId, organizationId: row['organization_id'] as string });
  }
  for (const { organizationId, collectionId, cursor } of marks.values()) {
    await tx.db
      .insertInto('pruned_log')
      .values({ log, organization_id: organizationId, collection_id: collectionId, cursor })
      .onConflict((conflict) => conflict.columns(['log', 'collection_id']).doUpdateSet({ cursor }).where('pruned_log.cursor', '<', cursor))
      .execute();
  }
  if (marks.size > 0) tx.publish(prunedTopic(log));
}

/** Behind which cursor nothing that `db` sees was ever deleted from a log, or of one collection of it; 0 when nothing was. */
export async function prunedUpTo(db: Db, log: string, collectionId?: string | null): Promise<number> {
  let query = db.selectFrom('pruned_log').select('cursor').where('log', '=', log);
  if (collectionId != null) query = query.where('collection_id', '=', collectionId);
  const row = await query.orderBy('cursor', 'desc').limit(1).executeTakeFirst();
  return Number(row?.['cursor'] ?? 0);
}
