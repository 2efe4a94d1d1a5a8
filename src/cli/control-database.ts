import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { DatabaseLocation, SqliteLocation } from '../config/database.ts';
import type { Config } from '../config.ts';
import { migrationState } from '../db/migration-state.ts';
import { CommandError } from './command.ts';

/** A gateway holds the write lock for milliseconds; a machine that is out of breath for longer. */
const lockPatienceMs = 30_000;

/** @throws CommandError when the control database is a PostgreSQL */
export function embedded(location: DatabaseLocation): SqliteLocation {
  if (location.engine === 'sqlite') return location;
  throw new CommandError('This command is for the embedded database. DATABASE_URL names a PostgreSQL, which has tools of its own for it.');
}

/** The control database beside a gateway that may run, without its lock on the data folder. @throws CommandError when this version did not make it */
export function openControlBeside({ database: location }: Pick<Config, 'database'>): Database.Database {
  const { path: databasePath } = embedded(location);
  if (!existsSync(databasePath)) throw new CommandError(`There is no database ${databasePath}. Start the gateway once, or set HEADGATE_DATA_DIR.`);
  const database = new Database(databasePath, { fileMustExist: true, timeout: lockPatienceMs });
  // What is sealed again must be on the disk before an old key leaves the key file.
  database.pragma('synchronous = FULL');
  const { pending, unknown } = migrationState(database);
  if (pending.length === 0 && unknown.length === 0) return database;
  database.close();
  throw new CommandError(
    pending.length > 0
      ? 'The database is from an older version of Headgate. Start this version once, it brings it up to date.'
      : 'The database is from a newer version of Headgate. Use that version.',
  );
}
