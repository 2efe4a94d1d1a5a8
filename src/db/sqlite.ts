import { MikroORM } from '@mikro-orm/sqlite';
import type Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import { copyBeforeUpgrade } from './copy-before-upgrade.ts';
import { sqliteEngine } from './engine.ts';
import { migrateSqlite } from './migrate-sqlite.ts';
import { type ControlDatabase, type Entities, ormOptions } from './orm.ts';
import { refuseUnscoped } from './scope.ts';
import { connectSqlite, connectSqliteReader, type SqliteOptions } from './sqlite-dialect.ts';

export interface SqliteControlDatabase extends ControlDatabase {
  /** The connection behind `orm`, for what has no word in the ORM: pragmas and backups. */
  readonly native: Database.Database;
}

export async function openSqlite(options: SqliteOptions, entities: Entities): Promise<SqliteControlDatabase> {
  const { dialect, database } = connectSqlite(options);
  const reader = new Kysely<unknown>({ dialect: connectSqliteReader(options).dialect, plugins: [refuseUnscoped] });
  const orm = await MikroORM.init({ dbName: options.path, driverOptions: dialect, ...ormOptions(entities) });
  takeNulInText(orm);
  return {
    engine: sqliteEngine,
    orm,
    native: database,
    reader,
    async migrate(copyTo) {
      if (copyTo) copyBeforeUpgrade(database, copyTo);
      return migrateSqlite(orm, database);
    },
    changed: dataVersionMoved(database),
    async close() {
      await reader.destroy();
      await orm.close(true);
    },
  };
}

/** MikroORM writes values into the text of its statements, and for SQLite that text ends at the first NUL: people and sources may send one. */
function takeNulInText(orm: MikroORM): void {
  const platform = orm.config.getPlatform();
  const escapeText = platform.escape.bind(platform);
  platform.escape = (value) =>
    typeof value === 'string' && value.includes('\u0000') ? `cast(x'${Buffer.from(value).toString('hex')}' as text)` : escapeText(value);
}

function dataVersionMoved(database: Database.Database): () => boolean {
  let known: unknown = database.pragma('data_version', { simple: true });
  return () => {
    const now = database.pragma('data_version', { simple: true });
    const moved = now !== known;
    known = now;
    return moved;
  };
}
