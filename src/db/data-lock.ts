import Database from 'better-sqlite3';

export class DataFolderInUseError extends Error {
  constructor(path: string) {
    super(`Another Headgate is running on this data folder (it holds ${path}). Stop it first, or set HEADGATE_DATA_DIR to another folder.`);
    this.name = 'DataFolderInUseError';
  }
}

/**
 * Takes the data folder for this process until it ends, however it ends: the lock is SQLite's own, which the system drops with the process.
 * @throws DataFolderInUseError
 */
export function lockDataFolder(path: string): { release(): void } {
  const database = new Database(path, { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('begin exclusive');
    return { release: () => void database.close() };
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) throw new DataFolderInUseError(path);
    throw error;
  }
}
