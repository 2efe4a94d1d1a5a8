import { Pool, type PoolConfig } from 'pg';
import { openDatabase, type RecordDatabase, type Role } from './postgresql/database.ts';
import { readingRecords, readPage, readRecord } from './postgresql/reader.ts';
import { deleteStreams, forgetCollection, sweepCollection } from './postgresql/sweep.ts';
import { openPostgresWriter } from './postgresql/writer.ts';
import type { RecordStore } from './store.ts';

export interface PostgresRecordStoreOptions {
  /** A pool of the caller, who ends it; or how to connect, for a small one of the store's own. */
  readonly database: Pool | PoolConfig;
  /** Holds every table; made when it is missing, for which the user needs the right to make one. @default 'headgate_records' */
  readonly schema?: string;
  /** More records than this of one stream get a table of their own. @default 10000 */
  readonly mostSharedRecords?: number;
  /** The gateway only reads, and waits 10 s for an answer at most; a worker 60 s for each statement. */
  readonly role: Role;
}

/** A page takes one connection for a moment, a checkpoint one for longer. */
const ownPool: PoolConfig = { max: 4, connectionTimeoutMillis: 10_000, keepAlive: true, application_name: 'headgate records' };

/** Records in tables of PostgreSQL. As many stores as there are processes and threads may work on them. */
export function createPostgresRecordStore(options: PostgresRecordStoreOptions): RecordStore {
  const { database: given, schema = 'headgate_records', mostSharedRecords = 10_000, role } = options;
  const own = given instanceof Pool ? undefined : new Pool({ ...ownPool, ...given });
  // An idle connection that is lost has nobody to tell; the next call gets another one.
  own?.on('error', () => {});
  const database = openDatabase(own ?? (given as Pool), schema, role, mostSharedRecords);
  const writable = async (): Promise<RecordDatabase> => {
    if (role === 'gateway') throw new Error('the gateway only reads records');
    return database;
  };
  return {
    openWriter: async (input) => openPostgresWriter(await writable(), input),
    page: (page) => readingRecords(database, (tx) => readPage(tx, page)),
    get: ({ id }, position) => readingRecords(database, (tx) => readRecord(tx, id, position)),
    sweep: async (collection, signal) => sweepCollection(await writable(), collection, signal),
    async deleteCollection(collection) {
      const writing = await writable();
      await deleteStreams(writing, collection);
      await sweepCollection(writing, collection);
      await forgetCollection(writing, collection);
    },
    close: async () => own?.end(),
  };
}
