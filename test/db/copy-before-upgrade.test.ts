import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyBeforeUpgrade, UpgradeError } from '../../src/db/copy-before-upgrade.ts';
import { migrations } from '../../src/db/migrations/index.ts';
import { openSqlite, type SqliteControlDatabase } from '../../src/db/sqlite.ts';
import { entities } from '../../src/entities.ts';

let dataDir: string;
let folder: string;
let control: SqliteControlDatabase;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'headgate-upgrade-'));
  folder = join(dataDir, 'backups');
  control = await openSqlite({ path: join(dataDir, 'headgate.db'), role: 'gateway' }, entities);
});
afterEach(async () => {
  await control.close();
  rmSync(dataDir, { recursive: true });
});

/** As an older version left it, which knew the first migration only. */
async function makeOld(): Promise<void> {
  control.orm.config.get('migrations').migrationsList?.splice(1);
  await control.migrate();
  control.native.prepare(`insert into organization values ('org_1', 'Kept', 0)`).run();
}

test('a database that is new, or up to date, is not copied', async () => {
  expect(copyBeforeUpgrade(control.native, { folder, version: '2.0.0' })).toBeNull();
  await control.migrate();
  expect(copyBeforeUpgrade(control.native, { folder, version: '2.0.0' })).toBeNull();
  expect(existsSync(folder)).toBe(false);
});

test('one that is older is copied whole, for its owner alone, under a name that says from where to where', async () => {
  await makeOld();
  const path = copyBeforeUpgrade(control.native, { folder, version: '2.0.0' });
  expect(path).toBe(join(folder, `headgate-before-2.0.0-after-${migrations[0].name}.db`));
  expect([statSync(folder).mode & 0o777, statSync(path ?? '').mode & 0o777]).toEqual([0o700, 0o600]);
  const copy = new Database(path ?? '', { readonly: true });
  expect(copy.prepare('select name from organization').pluck().all()).toEqual(['Kept']);
  expect(copy.prepare('select name from migration').pluck().all()).toEqual([migrations[0].name]);
  copy.close();
});

test('an upgrade that was broken off copies anew, over what it had begun', async () => {
  await makeOld();
  const path = copyBeforeUpgrade(control.native, { folder, version: '2.0.0' }) ?? '';
  writeFileSync(`${path}.partial`, 'begun');
  control.native.prepare(`update organization set name = 'Changed since'`).run();
  expect(copyBeforeUpgrade(control.native, { folder, version: '2.0.0' })).toBe(path);
  const copy = new Database(path, { readonly: true });
  expect(copy.prepare('select name from organization').pluck().all()).toEqual(['Changed since']);
  copy.close();
  expect(readdirSync(folder)).toHaveLength(1);
});

test('the newest three copies are kept, and files of others are left alone', async () => {
  await makeOld();
  for (const [index, version] of ['2.0.0', '3.0.0', '4.0.0', '5.0.0'].entries()) {
    const path = copyBeforeUpgrade(control.native, { folder, version }) ?? '';
    if (index < 3) utimesSync(path, index, index);
    writeFileSync(join(folder, 'mine.db'), '');
  }
  const versions = readdirSync(folder).map((name) => /before-(.*)-after/.exec(name)?.[1] ?? name);
  expect(versions.sort()).toEqual(['3.0.0', '4.0.0', '5.0.0', 'mine.db']);
});

test('what cannot be copied is not upgraded, and one of a newer version is refused', async () => {
  await makeOld();
  writeFileSync(folder, 'no folder');
  expect(() => copyBeforeUpgrade(control.native, { folder, version: '2.0.0' })).toThrow(UpgradeError);
  expect(() => copyBeforeUpgrade(control.native, { folder, version: '2.0.0' })).toThrow(/Nothing was changed/);
  control.native.prepare(`insert into migration (name, executed_at) values ('29991231-end', 0)`).run();
  expect(() => copyBeforeUpgrade(control.native, { folder, version: '2.0.0' })).toThrow(/from a newer version of Headgate \(29991231-end\)/);
});
