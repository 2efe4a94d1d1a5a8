import type Database from 'better-sqlite3';
import { migrations } from './migrations/index.ts';

export interface MigrationState {
  /** In order; none in a database that is being made. */
  readonly applied: readonly string[];
  /** Not applied yet, in order. */
  readonly pending: readonly string[];
  /** Applied by a newer version of Headgate. */
  readonly unknown: readonly string[];
}

/** What is applied to a control database; changes nothing. */
export function migrationState(database: Database.Database): MigrationState {
  const hasTable = database.prepare("select 1 from sqlite_schema where type = 'table' and name = 'migration'").get() !== undefined;
  const applied = hasTable ? database.prepare<[], string>('select name from migration order by id').pluck().all() : [];
  const known = migrations.map(({ name }) => name as string);
  return { applied, pending: known.filter((name) => !applied.includes(name)), unknown: applied.filter((name) => !known.includes(name)) };
}
