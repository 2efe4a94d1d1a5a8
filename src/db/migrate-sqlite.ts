import type { MikroORM } from '@mikro-orm/sqlite';
import type Database from 'better-sqlite3';
import { migrationState } from './migration-state.ts';

/**
 * Applies the migrations that are missing. The migrator is loaded only when there are any.
 *
 * Foreign keys are off on the connection meanwhile: SQLite rebuilds a table by dropping it, and the drop would fire ON DELETE CASCADE
 * on every child row. Inside the migration's own transaction the pragma has no effect, hence outside. What the migration left is checked.
 * @throws Error when a row points nowhere afterwards
 */
export async function migrateSqlite(orm: MikroORM, native: Database.Database): Promise<string[]> {
  if (migrationState(native).pending.length === 0) return [];
  const { Migrator } = await import('@mikro-orm/migrations');
  Migrator.register(orm);
  // The ORM connects at its first statement, and turns foreign keys on then: that must not be inside the migrator.
  await orm.connect();
  native.pragma('foreign_keys = OFF');
  try {
    const applied = await orm.migrator.up();
    const dangling = native.pragma('foreign_key_check') as { table: string }[];
    if (dangling.length > 0)
      throw new Error(`After the migrations ${dangling.length} rows point nowhere, the first in "${dangling[0]?.table}". Restore the backup.`);
    return applied.map(({ name }) => name);
  } finally {
    native.pragma('foreign_keys = ON');
  }
}
