import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { type Command, exitStatus } from './command.ts';
import { embedded } from './control-database.ts';
import { checkIntegrity, checkMigrations } from './doctor/database.ts';
import { type Finding, fail, ok } from './doctor/finding.ts';
import { checkFolder, checkLock, checkSpace } from './doctor/folder.ts';
import { checkKeys } from './doctor/keys.ts';
import { openUnchanged } from './doctor/open-unchanged.ts';
import { checkRecordFiles } from './doctor/records.ts';
import { checkVersions } from './doctor/system.ts';
import { paint, print, printJson } from './output.ts';
import { sentenceOf } from './sentence.ts';

export const command: Command = {
  name: 'doctor',
  description: `Looks at the configuration, the data folder, the keys and the databases, and says what to do about what is wrong.
Changes nothing; the gateway may run meanwhile or not. Exit status 1 when something is wrong that keeps it from its work.`,
  positionals: [],
  options: {},
  async run(given) {
    const findings = examine();
    const worst = (['fail', 'warn'] as const).find((status) => findings.some((finding) => finding.status === status)) ?? 'ok';
    if (given.flag('json')) printJson({ status: worst, findings });
    else for (const finding of findings) print(lineOf(finding));
    return worst === 'fail' ? exitStatus.failure : exitStatus.success;
  },
};

function examine(): Finding[] {
  const versions = attempt('versions', checkVersions);
  let config: Config;
  try {
    config = readConfig(process.env, process.cwd());
  } catch (error) {
    return [...versions, broken('configuration', error)];
  }
  const { dataDir, database: location, encryptionKeys } = config;
  return [
    ...versions,
    ok('configuration', 'can be used'),
    ...attempt('data folder', () => checkFolder(dataDir)),
    ...attempt('disk space', () => checkSpace(dataDir)),
    ...attempt('gateway', () => checkLock(dataDir)),
    ...attempt('control database', () => {
      const { path: databasePath } = embedded(location);
      if (!existsSync(databasePath)) {
        return [...attempt('encryption keys', () => checkKeys(encryptionKeys, null)), ok('control database', 'is made at the first start')];
      }
      const database = openUnchanged(databasePath);
      try {
        const migrations = checkMigrations(database);
        const isOurs = migrations.every(({ status }) => status === 'ok');
        return [
          ...migrations,
          ...attempt('integrity', () => checkIntegrity(database)),
          ...attempt('encryption keys', () => checkKeys(encryptionKeys, isOurs ? database : null)),
          ...(isOurs ? attempt('record files', () => checkRecordFiles(database, join(dataDir, 'records'))) : []),
        ];
      } finally {
        database.close();
      }
    }),
  ];
}

function attempt(check: string, look: () => Finding[]): Finding[] {
  try {
    return look();
  } catch (error) {
    return [broken(check, error)];
  }
}

function broken(check: string, error: unknown): Finding {
  return fail(check, sentenceOf(error) ?? String(error), 'Mend what the message names, then run this again.');
}

const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

function lineOf({ check, status, message, remedy }: Finding): string {
  const line = `${paint(styles[status], status.padEnd(4))}  ${check.padEnd(16)}  ${message}`;
  return remedy === null ? line : `${line}\n${' '.repeat(24)}→ ${remedy}`;
}
