import type { Config } from '../config.ts';

/** Folders and files of the gateway itself, which no source may read: its data, and its keys wherever they lie. */
export function ownPathsOf({
  dataDir,
  databasePath,
  encryptionKeys,
}: Pick<Config, 'dataDir' | 'databasePath' | 'encryptionKeys'>): readonly string[] {
  return [dataDir, databasePath, ...('file' in encryptionKeys ? [encryptionKeys.file] : [])];
}
