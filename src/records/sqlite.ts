import type { Role } from './sqlite/file.ts';
import { openFiles } from './sqlite/files.ts';
import { whenUnlocked } from './sqlite/lock.ts';
import { readPage, readRecord } from './sqlite/reader.ts';
import { sweepFile } from './sqlite/sweep.ts';
import { openSqliteWriter } from './sqlite/writer.ts';
import type { RecordStore } from './store.ts';

export interface SqliteRecordStoreOptions {
  /** Holds one file per collection; a worker makes it when it is missing. */
  readonly directory: string;
  /** The gateway only reads, and waits 20 ms for a lock at most before its event loop runs again; a worker may stop its thread for 5 s. */
  readonly role: Role;
}

const openFilesLimit = 64;

/** Records in one SQLite file per collection. Every thread needs its own store. */
export function createSqliteRecordStore({ directory, role }: SqliteRecordStoreOptions): RecordStore {
  const files = openFiles(directory, role, openFilesLimit);
  return {
    openWriter: (input) => openSqliteWriter(files, input),
    page: (page) => whenUnlocked(() => files.with(page.collection, (file) => (file ? file.db.transaction(() => readPage(file, page))() : []))),
    get: (collection, position) =>
      whenUnlocked(() => files.with(collection, (file) => (file ? file.db.transaction(() => readRecord(file, position))() : undefined))),
    async sweep(collection, signal) {
      if (!files.exists(collection)) return;
      const { file, release } = await whenUnlocked(() => files.hold(collection));
      try {
        await sweepFile(file, signal);
      } finally {
        release();
      }
    },
    async deleteCollection(collection) {
      if (role === 'gateway') throw new Error('the gateway only reads records');
      files.delete(collection);
    },
    async close() {
      files.close();
    },
  };
}
