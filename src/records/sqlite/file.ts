import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { schema, schemaVersion } from './schema.ts';

export type Role = 'gateway' | 'worker';

export interface RecordFile {
  readonly db: Database.Database;
  /** Prepares once; the text is the key. */
  statement<Row>(sql: string): Database.Statement<unknown[], Row>;
  close(): void;
}

// A worker that holds 64 MiB of pages keeps the index of a million UUIDs in memory; four of them stay within a process of 400 MB.
const workerPragmas = { synchronous: 2, wal_autocheckpoint: 40_000, cache_size: -65_536, journal_size_limit: 67_108_864 };
const gatewayPragmas = { query_only: 1, cache_size: -1_024 };
const keptStatements = 512;

/** Opens a collection's file. `undefined` when the gateway finds none, or one that a worker has not finished making. */
export function openFile(path: string, role: Role): RecordFile | undefined {
  if (role === 'gateway' && !existsSync(path)) return undefined;
  if (role === 'worker') mkdirSync(dirname(path), { recursive: true });
  const db = new Database(path, role === 'gateway' ? { readonly: true, fileMustExist: true, timeout: 20 } : { timeout: 5_000 });
  try {
    if (role === 'worker') prepareFile(db);
    setPragmas(db, role === 'worker' ? workerPragmas : gatewayPragmas);
    const version = db.pragma('user_version', { simple: true });
    if (version === schemaVersion) return recordFile(db);
    if (role === 'worker' || version !== 0) throw new Error(`the record file has version ${String(version)}, this release reads ${schemaVersion}`);
    db.close();
    return undefined;
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepareFile(db: Database.Database): void {
  if (db.pragma('journal_mode', { simple: true }) !== 'wal' && db.pragma('journal_mode = wal', { simple: true }) !== 'wal') {
    throw new Error('the record file cannot be put in WAL mode');
  }
  const create = db.transaction(() => {
    if (db.pragma('user_version', { simple: true }) === 0) db.exec(schema);
  });
  if (db.pragma('user_version', { simple: true }) === 0) create.immediate();
}

function setPragmas(db: Database.Database, pragmas: Record<string, number>): void {
  for (const [name, value] of Object.entries(pragmas)) {
    db.pragma(`${name} = ${value}`);
    const actual = db.pragma(name, { simple: true });
    if (actual !== value) throw new Error(`pragma ${name} is ${String(actual)} instead of ${value}`);
  }
}

function recordFile(db: Database.Database): RecordFile {
  const statements = new Map<string, Database.Statement<unknown[], unknown>>();
  return {
    db,
    statement<Row>(sql: string) {
      let statement = statements.get(sql);
      if (!statement) {
        // Generations come and go, their statements with them; to begin anew now and then is cheaper than to track each.
        if (statements.size >= keptStatements) statements.clear();
        statement = db.prepare<unknown[], unknown>(sql);
        statements.set(sql, statement);
      }
      return statement as Database.Statement<unknown[], Row>;
    },
    close: () => void db.close(),
  };
}
