import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { openControlDatabase } from './db/open.ts';
import type { ControlDatabase } from './db/orm.ts';
import type { Db } from './db/rows.ts';
import { accessForEveryOrganization } from './db/scope.ts';
import { entities } from './entities.ts';
import { KeyFileError, openKeyRing, readOrCreateKeyFile } from './lib/key-file.ts';
import type { KeyRing } from './lib/key-ring.ts';
import type { Log } from './lib/log.ts';
import { headgateVersion } from './lib/version.ts';

export interface ControlData {
  readonly database: ControlDatabase;
  readonly encryptionKeys: KeyRing;
}

/**
 * Opens the database and the keys; what is missing is made, what is old is copied, where it is ours to copy, and then migrated. Whoever calls it for
 * an embedded database holds the lock on the data folder.
 * @throws KeyFileError UpgradeError
 */
export async function openControlData(config: Config, log: Log): Promise<ControlData> {
  const database = await openControlDatabase(config.database, { role: 'gateway', log }, entities);
  await database.migrate({ folder: join(config.dataDir, 'backups'), version: headgateVersion() });
  await makeKeyFile(config.encryptionKeys, accessForEveryOrganization(database).db);
  return { database, encryptionKeys: openKeyRing(config.encryptionKeys) };
}

export function makeDataFolder({ dataDir }: Pick<Config, 'dataDir'>): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
}

/** The first start makes the key file. A later one that misses it must not: with a new key nothing that is stored would open. @throws KeyFileError */
async function makeKeyFile(source: Config['encryptionKeys'], db: Db): Promise<void> {
  if (!('file' in source && source.ours)) return;
  if (!existsSync(source.file) && (await hasSecrets(db)))
    throw new KeyFileError(`The key file ${source.file} is missing, and stored credentials are sealed with it. Put it back from a backup.`);
  readOrCreateKeyFile(source.file);
}

async function hasSecrets(db: Db): Promise<boolean> {
  const credential = await db.selectFrom('credential').select('id').where('sealed', '<>', '').limit(1).executeTakeFirst();
  return credential !== undefined || (await db.selectFrom('api_key').select('id').limit(1).executeTakeFirst()) !== undefined;
}
