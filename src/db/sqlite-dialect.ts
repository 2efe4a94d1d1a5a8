import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { CompiledQuery, type DatabaseConnection, type Dialect, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { ownApplicationId } from '../connector/own-database.ts';

/** How the process opens the control database. */
export interface SqliteOptions {
  readonly path: string;
  /** The gateway: waits 20 ms at most for a lock (a busy wait is a stopped event loop), and leaves WAL checkpoints to the workers. */
  readonly role: 'gateway' | 'worker';
}

export interface SqliteConnection {
  readonly dialect: Dialect;
  readonly database: Database.Database;
}

const busyTimeoutMs = { gateway: 20, worker: 5000 };
const patienceMs = 10_000;
const statementsKept = 256;

/** A Kysely dialect over better-sqlite3 in which every transaction that MikroORM begins is IMMEDIATE and statements are prepared once. */
export function connectSqlite(options: SqliteOptions): SqliteConnection {
  return connectionTo(openDatabase(options));
}

/**
 * A second connection that only reads. On one connection a read would wait behind a write that waits for the lock; in WAL mode nothing keeps this one waiting.
 * Call it when the database exists.
 */
export function connectSqliteReader({ path, role }: SqliteOptions): SqliteConnection {
  return connectionTo(new Database(path, { readonly: true, timeout: busyTimeoutMs[role] }));
}

function connectionTo(database: Database.Database): SqliteConnection {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new ImmediateDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new PlainValueCompiler(),
  };
  return { dialect, database };
}

function openDatabase({ path, role }: SqliteOptions): Database.Database {
  const database = new Database(path, { timeout: busyTimeoutMs[role] });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('journal_size_limit = 67108864');
  // What is deleted, a sealed secret first of all, is overwritten in the file.
  database.pragma('secure_delete = ON');
  if (role === 'gateway') database.pragma('wal_autocheckpoint = 0');
  if (database.pragma('application_id', { simple: true }) !== ownApplicationId) database.pragma(`application_id = ${ownApplicationId}`);
  assertPragma(database, 'journal_mode', 'wal');
  assertPragma(database, 'synchronous', 2);
  assertPragma(database, 'foreign_keys', 1);
  assertPragma(database, 'secure_delete', 1);
  return database;
}

function assertPragma(database: Database.Database, name: string, expected: string | number): void {
  const actual = database.pragma(name, { simple: true });
  if (actual !== expected)
    throw new Error(
      `SQLite did not accept ${name} = ${expected} (it says ${String(actual)}); the data folder may be on a file system that it cannot use.`,
    );
}

/** Kysely prepares a statement for every execution; the same few dozen come back all the time. */
function withPreparedStatements(database: Database.Database) {
  const statements = new Map<string, Database.Statement>();
  return {
    close: () => void database.close(),
    prepare(sql: string): Database.Statement {
      const known = statements.get(sql);
      if (known && !known.busy) return known;
      const statement = database.prepare(sql);
      if (statements.size >= statementsKept) statements.delete(statements.keys().next().value ?? '');
      statements.set(sql, statement);
      return statement;
    },
  };
}

/** Statements speak of dates and booleans, whatever the engine; SQLite knows numbers only. */
export class PlainValueCompiler extends SqliteQueryCompiler {
  protected override addParameter(parameter: unknown): void {
    super.addParameter(plainValue(parameter));
  }

  protected override appendImmediateValue(value: unknown): void {
    super.appendImmediateValue(plainValue(value));
  }
}

function plainValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'boolean' ? Number(value) : value;
}

/** MikroORM begins deferred transactions, in which a read followed by a write fails with SQLITE_BUSY_SNAPSHOT whatever the timeout. */
class ImmediateDriver extends SqliteDriver {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database: withPreparedStatements(database) });
    this.#database = database;
  }

  /** A full disk makes SQLite roll back by itself. Asked to do it again it fails, and Kysely would never give the one connection back. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const giveUpAt = Date.now() + patienceMs;
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, 50)) {
      try {
        await connection.executeQuery(CompiledQuery.raw('begin immediate'));
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'SQLITE_BUSY' || Date.now() > giveUpAt) throw error;
        await sleep(waitMs + Math.random() * waitMs);
      }
    }
  }
}
