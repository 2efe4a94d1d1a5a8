import { MikroORM } from '@mikro-orm/postgresql';
import { Kysely } from 'kysely';
import { Client } from 'pg';
import { postgresqlEngine } from './engine.ts';
import { migratePostgresql } from './migrate-postgresql.ts';
import { type ControlDatabase, type Entities, ormOptions } from './orm.ts';
import { connectPostgresql, type PostgresqlOptions } from './postgresql-dialect.ts';
import { refuseUnscoped } from './scope.ts';

export async function openPostgresql(options: PostgresqlOptions, entities: Entities): Promise<ControlDatabase> {
  const { dialect, pool } = connectPostgresql(options);
  const reader = new Kysely<unknown>({ dialect, plugins: [refuseUnscoped] });
  const orm = await MikroORM.init({ dbName: 'headgate', driverOptions: dialect, ...ormOptions(entities) });
  writeNulAsReplacement(orm);
  return {
    engine: postgresqlEngine,
    orm,
    reader,
    connect: () => new Client({ connectionString: options.url, application_name: 'headgate events', keepAlive: true }),
    migrate: () => migratePostgresql(options, entities),
    async close() {
      await reader.destroy();
      await orm.close(true);
      await pool.end();
    },
  };
}

/** A text of PostgreSQL has no NUL in it, and people and sources may send one: U+FFFD takes its place. In JSON it is an escape, and stays. */
function writeNulAsReplacement(orm: MikroORM): void {
  const platform = orm.config.getPlatform();
  const escapeText = platform.escape.bind(platform);
  platform.escape = (value) => escapeText(typeof value === 'string' && value.includes('\u0000') ? value.replaceAll('\u0000', '\ufffd') : value);
}
