import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StorageFullError } from '../store.ts';
import type { RecordFile } from './file.ts';

const patienceMs = 60_000;
const pauseMs = 10;

/**
 * Runs `attempt` again while another connection holds the lock it needs; between two attempts the event loop runs.
 * @throws StorageFullError when the disk is full or fails; a transaction was rolled back
 */
export async function whenUnlocked<Result>(attempt: () => Result): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      if (/^SQLITE_(FULL|IOERR)/.test(error.code)) throw new StorageFullError({ cause: error });
      if (!error.code.startsWith('SQLITE_BUSY') || performance.now() > deadline) throw error;
    }
    await sleep(pauseMs);
  }
}

/** One transaction that has the write lock from its beginning: one that reads first and writes later could fail whatever it waits. */
export function writing<Result>(file: RecordFile, work: () => Result): Promise<Result> {
  return whenUnlocked(() => file.db.transaction(work).immediate());
}
