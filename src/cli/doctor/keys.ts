import { existsSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { keysInUse } from '../../db/sealed-column.ts';
import { type KeySource, mayBeReadByOthers, readKeyFile } from '../../lib/key-file.ts';
import type { EncryptionKey } from '../../lib/key-ring.ts';
import { count } from '../output.ts';
import { sealedColumns } from '../sealed-columns.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const check = 'encryption keys';

/** @param database `null` when there is none to look into */
export function checkKeys(source: KeySource, database: Database.Database | null): Finding[] {
  const uses = database ? keysInUse(database, sealedColumns) : new Map<string, number>();
  if ('variable' in source) return checkRing(source.variable, uses, 'HEADGATE_ENCRYPTION_KEYS');
  const { file } = source;
  if (!existsSync(file)) {
    return uses.size === 0
      ? [ok(check, `${file} is made at the first start`)]
      : [
          fail(
            check,
            `${file} is gone, and without it no stored credential opens.`,
            'Put it back from where you keep it, before the gateway starts and makes another one.',
          ),
        ];
  }
  const open = mayBeReadByOthers(file)
    ? [warn(check, `Others may read ${file}.`, `Run: chmod 600 ${file}. The gateway does not start with its own key file open to others.`)]
    : [];
  return [...open, ...checkRing(readKeyFile(file), uses, file)];
}

function checkRing(keys: readonly EncryptionKey[], uses: ReadonlyMap<string, number>, where: string): Finding[] {
  const known = new Set(keys.map(({ id }) => id));
  const missing = [...uses].filter(([id]) => !known.has(id));
  if (missing.length > 0) {
    const names = missing.map(([id, howMany]) => `${id} (${count(howMany, 'value')})`).join(', ');
    return [
      fail(
        check,
        `Secrets are sealed with keys that are not in ${where}: ${names}.`,
        'Add the missing keys after the newest one, or enter these credentials again.',
      ),
    ];
  }
  const newest = keys[0]?.id ?? '';
  if (keys.length > 1)
    return [warn(check, `${where} has ${keys.length} keys, the newest is ${newest}.`, 'Finish the rotation: headgate encryption-keys rotate')];
  return [ok(check, `${newest} in ${where} opens everything`)];
}
