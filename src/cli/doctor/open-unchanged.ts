import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/** Opens a database of ours so that its folder is afterwards as it was before. */
export function openUnchanged(path: string): Database.Database {
  // A read-only connection would make the files beside the database and leave them there; one that may write takes them away again.
  const readonly = existsSync(`${path}-wal`);
  const database = new Database(path, { readonly, fileMustExist: true, timeout: 5000 });
  database.pragma('query_only = 1');
  return database;
}
