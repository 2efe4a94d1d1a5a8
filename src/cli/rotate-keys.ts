import type Database from 'better-sqlite3';
import { readConfig } from '../config.ts';
import { type Rotation, rotateKeyFile, sealEverythingAgain } from '../db/rotate-keys.ts';
import { keysInUse } from '../db/sealed-column.ts';
import { type EncryptionKey, keyRingOf } from '../lib/key-ring.ts';
import { type Command, CommandError, exitStatus } from './command.ts';
import { openControlBeside } from './control-database.ts';
import { count, print, printJson } from './output.ts';
import { sealedColumns } from './sealed-columns.ts';

export const command: Command = {
  name: 'encryption-keys rotate',
  description: `Makes a new encryption key, seals every secret again with it, and removes the old keys from the key file.
The gateway may run meanwhile. Broken off, it loses nothing: call it again and it finishes. A key file with more than one
key in it counts as broken off.
With HEADGATE_ENCRYPTION_KEYS nothing but you can change the keys: put a new one first, restart every gateway, then call this.`,
  positionals: [],
  options: {},
  async run(given) {
    const config = readConfig(process.env, process.cwd());
    const { encryptionKeys: source } = config;
    const database = openControlBeside(config);
    try {
      const rotation =
        'file' in source ? await rotateKeyFile(database, source.file, sealedColumns) : await sealWithVariable(database, source.variable);
      if (given.flag('json')) printJson(rotation);
      else print(report(rotation, 'file' in source ? source.file : null));
      return rotation.broken.length === 0 ? exitStatus.success : exitStatus.failure;
    } finally {
      database.close();
    }
  },
};

/** @returns what could be done without changing the keys; `removedKeyIds` are those that may go. @throws CommandError when there is no new key */
async function sealWithVariable(database: Database.Database, keys: readonly EncryptionKey[]): Promise<Rotation> {
  const [newest, ...older] = keys;
  if (!newest || older.length === 0) {
    throw new CommandError(
      `HEADGATE_ENCRYPTION_KEYS has one key, and only you can add another: make one with "openssl rand -base64 32", put it first as NEWID:KEY, a comma
before the old one, restart every gateway with both, then run this again. It then says which old keys may go.`,
    );
  }
  const { sealed, broken } = await sealEverythingAgain(database, keyRingOf(keys), sealedColumns);
  const uses = keysInUse(database, sealedColumns);
  const ids = older.map(({ id }) => id);
  return {
    newestKeyId: newest.id,
    isNew: false,
    sealedAgain: sealed,
    broken,
    removedKeyIds: ids.filter((id) => !uses.has(id)),
    keptKeyIds: ids.filter((id) => uses.has(id)),
  };
}

function report({ newestKeyId, isNew, sealedAgain, removedKeyIds, keptKeyIds, broken }: Rotation, file: string | null): string {
  const lines = [
    file !== null && !isNew ? 'A rotation that had been broken off is finished.' : '',
    `${count(sealedAgain, 'secret')} sealed again; the key is ${newestKeyId} now.`,
    removedKeyIds.length === 0
      ? ''
      : file === null
        ? `Nothing needs ${removedKeyIds.join(', ')} any more: take it out of HEADGATE_ENCRYPTION_KEYS and restart every gateway. Keep it as long as you keep backups from before.`
        : `Removed from ${file}: ${removedKeyIds.join(', ')}. Backups from before open only with a copy of the former key file.`,
    broken.length === 0
      ? ''
      : `${count(broken.length, 'value does', 'values do')} not open with any key, and stay as they are: ${broken.join(', ')}.`,
    keptKeyIds.length === 0 ? '' : `Still in use, so they stay: ${keptKeyIds.join(', ')}.`,
  ];
  return lines.filter(Boolean).join('\n');
}
