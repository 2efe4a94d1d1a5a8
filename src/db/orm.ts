import type { EntitySchema } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/sqlite';
import type Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import { type Engine, sqliteEngine } from './engine.ts';
import { entityFilter } from './entity-filter.ts';
import { migrations } from './migrations/index.ts';
import { refuseUnscoped } from './scope.ts';
import { connectSqlite, connectSqliteReader, type SqliteOptions } from './sqlite-dialect.ts';

export interface ControlDatabase {
  readonly engine: Engine;
  readonly orm: MikroORM;
  /** Reads what is committed, on a connection of its own. Refuses until somebody has said for whom, by `scope.ts`. */
  readonly reader: Kysely<unknown>;
  /** The connection behind `orm`, for what has no word in the ORM: pragmas and backups. */
  readonly native: Database.Database;
  close(): Promise<void>;
}

/** Opens the control database. Migrations are not applied here: `migrate` does that, once, in the gateway. */
// biome-ignore lint/suspicious/noExplicitAny: the list of entities is heterogeneous by nature
export async function openControlDatabase(options: SqliteOptions, entities: EntitySchema<any>[]): Promise<ControlDatabase> {
  const { dialect, database } = connectSqlite(options);
  const reader = new Kysely<unknown>({ dialect: connectSqliteReader(options).dialect, plugins: [refuseUnscoped] });
  const orm = await MikroORM.init({
    dbName: options.path,
    driverOptions: dialect,
    entities,
    filters: entityFilter(entities),
    // Reads of lists never make entities, and every relation is a plain id: nothing is joined behind our back.
    autoJoinRefsForFilters: false,
    discovery: { warnWhenNoEntities: false },
    logger: () => {},
    migrations: { migrationsList: [...migrations], snapshot: false, snapshotOnMigrate: false, tableName: 'migration' },
  });
  takeNulInText(orm);
  return {
    engine: sqliteEngine,
    orm,
    native: database,
    reader,
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
