import Database from 'better-sqlite3';

const busyTimeoutMs = 5000;

/** Moves what the write-ahead log has gathered into the database. Takes a while, so not on the gateway's thread; waits for nobody who reads or writes. */
export function checkpointWal(path: string): void {
  const database = new Database(path, { fileMustExist: true, timeout: busyTimeoutMs });
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
}
