import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { SqliteLocation } from '../config/database.ts';
import type { Config } from '../config.ts';
import type { Services } from '../context.ts';
import { lockDataFolder } from '../db/data-lock.ts';
import { migrationState } from '../db/migration-state.ts';
import { openControlDatabase } from '../db/open.ts';
import { type Access, accessForEveryOrganization } from '../db/scope.ts';
import { entities } from '../entities.ts';
import { createInProcessEvents } from '../events/in-process.ts';
import { makeDataFolder, openControlData } from '../first-start.ts';
import { openKeyRing } from '../lib/key-file.ts';
import { createLog } from '../lib/log.ts';
import { CommandError } from './command.ts';
import { openControlBeside } from './control-database.ts';

/** A command says itself what went wrong. */
const quietLog = createLog({ level: 'silent', pretty: false });

/** What an operation of the API needs, for a command that calls it. */
export interface ControlServices extends Pick<Services, keyof Access | 'events' | 'encryptionKeys'> {
  close(): Promise<void>;
}

/** The control data beside a gateway that may run. @throws CommandError when no gateway of this version has run yet */
export async function openServicesBeside(config: Config): Promise<ControlServices> {
  if (config.database.engine === 'sqlite') openControlBeside(config).close();
  const database = await openControlDatabase(config.database, { role: 'worker', log: quietLog }, entities);
  return services({ database, encryptionKeys: openKeyRing(config.encryptionKeys) });
}

/** The same, and before the first start it makes what that would make. @throws DataFolderInUseError KeyFileError CommandError */
export async function openOrMakeServices(config: Config): Promise<ControlServices> {
  if (config.database.engine === 'postgresql') return services(await openControlData(config, quietLog));
  if (isMade(config.database, config)) return openServicesBeside(config);
  makeDataFolder(config);
  const lock = lockDataFolder(join(config.dataDir, 'headgate.lock'));
  return services(await openControlData(config, quietLog), lock.release);
}

function services({ database, encryptionKeys }: Awaited<ReturnType<typeof openControlData>>, release = () => {}): ControlServices {
  const events = createInProcessEvents({ id: randomUUID() });
  return {
    // Whoever has the files has everything; commands say themselves of which organization.
    ...accessForEveryOrganization(database),
    events,
    encryptionKeys,
    async close() {
      await events.close();
      await database.close();
      release();
    },
  };
}

/** @throws CommandError when a newer version made it */
function isMade({ path }: SqliteLocation, { encryptionKeys }: Config): boolean {
  if (!existsSync(path) || ('file' in encryptionKeys && !existsSync(encryptionKeys.file))) return false;
  const database = new Database(path, { readonly: true, timeout: 5000 });
  try {
    const { pending, unknown } = migrationState(database);
    if (unknown.length > 0) throw new CommandError('The database is from a newer version of Headgate. Use that version.');
    return pending.length === 0;
  } finally {
    database.close();
  }
}
