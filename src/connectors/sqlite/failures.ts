import Database from 'better-sqlite3';
import { SourceFailure } from '../../connector/failures.ts';

type Kind = SourceFailure['type'];

/** By the first two words of SQLite's result code. */
const kinds: Record<string, readonly [Kind, string]> = {
  SQLITE_BUSY: ['TRANSIENT', 'Another program keeps the database locked.'],
  SQLITE_LOCKED: ['TRANSIENT', 'Another program keeps the database locked.'],
  SQLITE_PROTOCOL: ['TRANSIENT', 'Another program keeps the database locked.'],
  SQLITE_SCHEMA: ['TRANSIENT', 'The tables were changed while they were read.'],
  SQLITE_INTERRUPT: ['TRANSIENT', 'Reading was interrupted.'],
  SQLITE_IOERR: ['TRANSIENT', 'Reading the file broke off.'],
  SQLITE_NOMEM: ['UNAVAILABLE', 'There is no memory left to read the database.'],
  SQLITE_FULL: ['UNAVAILABLE', 'There is no disk space left to sort the records.'],
  SQLITE_NOTADB: ['CONFIG', 'The file is not a SQLite database, or it is encrypted.'],
  SQLITE_CORRUPT: ['CONFIG', 'The database is damaged.'],
  SQLITE_READONLY: ['CONFIG', 'The program that writes the database ended in the middle of it; start it once, so that it repairs the file.'],
  SQLITE_CANTOPEN: ['CONFIG', 'The database cannot be opened; in WAL mode the gateway must be allowed to write beside the file.'],
  SQLITE_PERM: ['CONFIG', 'The database may not be read.'],
  SQLITE_AUTH: ['CONFIG', 'The database may not be read.'],
};

/** Names of tables, columns and functions are no secret; other messages may quote values of records, so only their code is passed on. */
const harmless = /^no such (?:table|column|module|function|collation sequence)/;

export function failureOf(error: unknown): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const options = { cause: error };
  if (!(error instanceof Database.SqliteError)) return new SourceFailure('CONFIG', 'The database cannot be read.', options);
  const { code, message } = error;
  const [kind, sentence] = kinds[code.split('_', 2).join('_')] ?? [
    'CONFIG',
    harmless.test(message) ? `SQLite says: ${message}.` : 'SQLite cannot read this.',
  ];
  return new SourceFailure(kind, `${sentence} (${code})`, options);
}

/** Whether waiting may help. */
export function isLocked(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/.test(error.code);
}
