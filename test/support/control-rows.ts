import { join } from 'node:path';
import Database from 'better-sqlite3';

const tables = ['collection', 'credential', 'source_connection', 'configured_stream', 'sync_job', 'sync_job_transition', 'connection_test'] as const;
type Table = (typeof tables)[number];

/** Rows of a gateway's control database, read beside it. */
export function readControlRows<Result>({ dataDir }: { dataDir: string }, read: (database: Database.Database) => Result): Result {
  const database = new Database(join(dataDir, 'headgate.db'), { readonly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Changes rows of a gateway's control database beside it, as another process would. */
export function writeControlRows({ dataDir }: { dataDir: string }, write: (database: Database.Database) => unknown): void {
  const database = new Database(join(dataDir, 'headgate.db'), { timeout: 10_000 });
  try {
    write(database);
  } finally {
    database.close();
  }
}

/** How many rows each table has. */
export function countControlRows(gateway: { dataDir: string }): Record<Table, number> {
  return readControlRows(gateway, (database) => {
    const count = (table: Table) => (database.prepare(`select count(*) as count from ${table}`).get() as { count: number }).count;
    return Object.fromEntries(tables.map((table) => [table, count(table)])) as Record<Table, number>;
  });
}
