import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Config } from '../../config.ts';
import { embedded } from '../control-database.ts';

export interface Snapshots {
  /** Each in a read transaction that sees one moment. `path` is relative to the data folder, the control database first. */
  readonly databases: readonly { readonly path: string; readonly database: Database.Database }[];
  readonly keys: string | null;
  release(): void;
}

/**
 * Opens everything at one moment; it can then be copied at leisure, while others go on writing.
 *
 * Control rows never claim more than the record files hold: the record store is where a sync commits first, and nobody can commit to the
 * control database while the files are opened after it, so they hold at least what it says. What they hold beyond it belongs to jobs that
 * are active in the control database, and an active job is taken over at the first start and goes on from the last checkpoint in its file.
 * The key file changes only under the same lock, so it fits what is sealed.
 */
export function takeSnapshots({ database: location, dataDir }: Config, lock: Database.Database, keyFile: string | null): Snapshots {
  const databases: { path: string; database: Database.Database }[] = [];
  const open = (file: string, path: string) => {
    const database = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 });
    databases.push({ path, database });
    database.exec('begin');
    // The transaction begins to see with its first read.
    database.prepare('select count(*) from sqlite_schema').get();
    return database;
  };
  const release = () => {
    for (const { database } of databases) database.close();
  };
  lock.exec('begin immediate');
  try {
    const control = open(embedded(location).path, 'headgate.db');
    for (const id of control.prepare<[], string>('select id from collection where deleted_at is null').pluck().all()) {
      const path = join('records', `${id}.db`);
      // A collection that nothing was synced into has no file.
      if (existsSync(join(dataDir, path))) open(join(dataDir, path), path);
    }
    return { databases, keys: keyFile === null ? null : readFileSync(keyFile, 'utf8'), release };
  } catch (error) {
    release();
    throw error;
  } finally {
    lock.exec('rollback');
  }
}
