import { MikroORM } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { migrations } from './migrations/index.ts';
import { type Entities, ormOptions } from './orm.ts';
import { connectPostgresql, type PostgresqlOptions } from './postgresql-dialect.ts';

/** Which of the server's advisory locks is that of migrations: "headgate" as a number. */
const migrationLock = 0x68656164;

/** Applies the migrations that are missing. Of several that start at once one applies them, the others wait for it. */
export async function migratePostgresql(options: PostgresqlOptions, entities: Entities): Promise<string[]> {
  // Rewriting a large table, or waiting for another one who does, takes its time.
  const { dialect, pool } = connectPostgresql({ ...options, statementTimeoutMs: 0 });
  try {
    if ((await pendingIn(pool)).length === 0) return [];
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [migrationLock]);
      const { Migrator } = await import('@mikro-orm/migrations');
      const orm = await MikroORM.init({ dbName: 'headgate', driverOptions: dialect, extensions: [Migrator], ...ormOptions(entities) });
      return (await orm.migrator.up()).map(({ name }) => name);
    } finally {
      // The lock goes with its connection.
      client.release(true);
    }
  } finally {
    await pool.end();
  }
}

async function pendingIn(pool: Pool): Promise<string[]> {
  const known = migrations.map(({ name }) => name as string);
  const { rows } = await pool.query<{ has: boolean }>("select to_regclass('migration') is not null as has");
  if (!rows[0]?.has) return known;
  const applied = await pool.query<{ name: string }>('select name from migration');
  return known.filter((name) => !applied.rows.some((row) => row.name === name));
}
