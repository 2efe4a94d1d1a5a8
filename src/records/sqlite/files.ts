import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CollectionKey } from '../store.ts';
import { openFile, type RecordFile, type Role } from './file.ts';

export interface RecordFiles {
  /** Keeps the file open while `use` runs; `undefined` when there is none. */
  with<Result>(collection: CollectionKey, use: (file: RecordFile | undefined) => Result): Result;
  /** Keeps the file open until `release`. Workers only: makes the file when there is none. */
  hold(collection: CollectionKey): { file: RecordFile; release: () => void };
  exists(collection: CollectionKey): boolean;
  delete(collection: CollectionKey): void;
  close(): void;
}

interface Entry {
  readonly file: RecordFile;
  holders: number;
}

/** The open files of one thread. Beyond `limit` the one that was not used for longest is closed, unless it is held. */
export function openFiles(directory: string, role: Role, limit: number): RecordFiles {
  const entries = new Map<string, Entry>();

  const exists = (collection: CollectionKey) => existsSync(pathOf(directory, collection));

  function forget(path: string): void {
    entries.get(path)?.file.close();
    entries.delete(path);
  }

  /** A file that another thread has unlinked keeps its disk space for as long as it is open anywhere. */
  function forgetDeleted(): void {
    for (const [path, { holders }] of entries) if (holders === 0 && !existsSync(path)) forget(path);
  }

  function enter(collection: CollectionKey): Entry | undefined {
    const path = pathOf(directory, collection);
    const known = entries.get(path);
    if (!known) forgetDeleted();
    const file = known?.file ?? openFile(path, role);
    if (!file) return undefined;
    const entry = known ?? { file, holders: 0 };
    entries.delete(path);
    entries.set(path, entry);
    for (const [other, { holders }] of entries) {
      if (entries.size <= limit) break;
      if (holders === 0 && other !== path) forget(other);
    }
    return entry;
  }

  return {
    with(collection, use) {
      if (exists(collection)) return use(enter(collection)?.file);
      // A deleted collection's file is closed by whoever looks next: on POSIX its disk space is freed only then.
      forget(pathOf(directory, collection));
      return use(undefined);
    },
    exists,
    hold(collection) {
      if (role === 'gateway') throw new Error('the gateway only reads records');
      const entry = enter(collection);
      if (!entry) throw new Error('a worker always has a file');
      entry.holders += 1;
      let held = true;
      const release = () => {
        if (held) entry.holders -= 1;
        held = false;
      };
      return { file: entry.file, release };
    },
    delete(collection) {
      const path = pathOf(directory, collection);
      forget(path);
      for (const each of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(each)) unlinkSync(each);
    },
    close() {
      for (const path of [...entries.keys()]) forget(path);
    },
  };
}

function pathOf(directory: string, collection: CollectionKey): string {
  if (!/^[\w-]+$/.test(collection.id)) throw new Error('a collection id becomes a file name: letters, digits, _ and - only');
  return join(directory, `${collection.id}.db`);
}
