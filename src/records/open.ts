import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { RecordStore } from './store.ts';

/** The record store that goes with the control database; only that one is loaded. */
export async function openRecordStore({ database, dataDir }: Pick<Config, 'database' | 'dataDir'>, role: 'gateway' | 'worker'): Promise<RecordStore> {
  if (database.engine === 'sqlite') {
    const { createSqliteRecordStore } = await import('./sqlite.ts');
    return createSqliteRecordStore({ directory: join(dataDir, 'records'), role });
  }
  const { createPostgresRecordStore } = await import('./postgresql.ts');
  return createPostgresRecordStore({ database: { connectionString: database.url }, role });
}
