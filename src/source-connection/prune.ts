import type { Services } from '../context.ts';
import { type AgingTable, pruneOldest } from '../db/prune-oldest.ts';
import { markPruned, prunedColumns } from '../db/pruned-log.ts';
import { StatusChangeEntity } from './status-change.entity.ts';

const statusLog = StatusChangeEntity.meta.tableName;

const statusChanges: AgingTable = {
  name: statusLog,
  key: 'cursor',
  at: 'at',
  async remove(tx, cursors) {
    const deleted = await tx.db
      .deleteFrom(statusLog)
      .where('cursor', 'in', [...cursors])
      .returning(prunedColumns)
      .execute();
    await markPruned(tx, statusLog, deleted);
    return deleted.length;
  },
};

const tests: AgingTable = {
  name: 'connection_test',
  key: 'id',
  at: 'started_at',
  async remove(tx, ids) {
    // What a source connection shows as its latest test stays.
    const shown = await tx.db
      .selectFrom('connection_test')
      .innerJoin('source_connection', 'source_connection.id', 'connection_test.source_connection_id')
      .select('connection_test.id')
      .whereRef('source_connection.latest_test_id', '=', 'connection_test.id')
      .where('connection_test.id', 'in', [...ids])
      .execute();
    const kept = new Set(shown.map(({ id }) => id));
    const going = ids.filter((id) => !kept.has(id));
    if (going.length > 0) await tx.db.deleteFrom('connection_test').where('id', 'in', going).execute();
    return going.length;
  },
};

/** Deletes changes of status that were told before a moment, some in each transaction, and says how many after each. */
export const pruneStatusChanges = (services: Services, before: Date): AsyncGenerator<number> => pruneOldest(services, statusChanges, before);

/** Deletes connection tests that no source connection shows any more, likewise. */
export const pruneConnectionTests = (services: Services, before: Date): AsyncGenerator<number> => pruneOldest(services, tests, before);
