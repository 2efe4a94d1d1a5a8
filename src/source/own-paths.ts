import type { Config } from '../config.ts';

/** Folders and files of the gateway itself, which no source may read: its data, and its keys wherever they lie. */
export function ownPathsOf({ dataDir, database, encryptionKeys }: Pick<Config, 'dataDir' | 'database' | 'encryptionKeys'>): readonly string[] {
  return [dataDir, ...(database.engine === 'sqlite' ? [database.path] : []), ...('file' in encryptionKeys ? [encryptionKeys.file] : [])];
}
