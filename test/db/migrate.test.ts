import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Migration } from '@mikro-orm/migrations';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../../src/db/migrations/index.ts';
import { openSqlite, type SqliteControlDatabase } from '../../src/db/sqlite.ts';
import { entities } from '../../src/entities.ts';

let folder: string;
let control: SqliteControlDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-migrate-'));
  control = await openSqlite({ path: join(folder, 'headgate.db'), role: 'gateway' }, entities);
});
afterEach(async () => {
  await control.close();
  rmSync(folder, { recursive: true });
});

/** A parent with a child that goes with it, as most of our tables are. */
class MigrationParentAndChild extends Migration {
  override up(): void {
    this.addSql('create table parent (id integer primary key, note text not null)');
    this.addSql('create table child (id integer primary key, parent_id integer not null references parent (id) on delete cascade)');
    this.addSql(`insert into parent values (1, 'a'), (2, 'b')`);
    this.addSql('insert into child values (10, 1), (11, 1), (12, 2)');
  }
}

/** Makes a column nullable the only way that SQLite has. */
class MigrationRebuild extends Migration {
  override up(): void {
    this.addSql('create table parent_new (id integer primary key, note text)');
    this.addSql('insert into parent_new select * from parent');
    this.addSql('drop table parent');
    this.addSql('alter table parent_new rename to parent');
  }
}

class MigrationThatLosesParents extends Migration {
  override up(): void {
    this.addSql('delete from parent where id = 2');
  }
}

class MigrationThatFails extends Migration {
  override up(): void {
    this.addSql('create table half (id integer)');
    this.addSql('insert into nowhere values (1)');
  }
}

const withMigrations = (more: readonly (typeof Migration)[]) =>
  control.orm.config
    .get('migrations')
    .migrationsList?.splice(0, Number.POSITIVE_INFINITY, ...migrations, ...more.map((each) => ({ name: each.name, class: each as never })));
const count = (table: string) => control.native.prepare(`select count(*) from ${table}`).pluck().get();
const foreignKeys = () => control.native.pragma('foreign_keys', { simple: true });

test('rebuilding a table keeps the rows that point to it', async () => {
  withMigrations([MigrationParentAndChild, MigrationRebuild]);
  const applied = await control.migrate();
  expect(applied.slice(-2)).toEqual(['MigrationParentAndChild', 'MigrationRebuild']);
  expect([count('parent'), count('child')]).toEqual([2, 3]);
  expect(control.native.pragma('foreign_key_check')).toEqual([]);
  expect(foreignKeys()).toBe(1);
  control.native.prepare('delete from parent where id = 1').run();
  expect(count('child')).toBe(1);
});

test('a migration that leaves rows pointing nowhere stops the start with a sentence', async () => {
  withMigrations([MigrationParentAndChild, MigrationThatLosesParents]);
  await expect(control.migrate()).rejects.toThrow(/1 rows point nowhere, the first in "child".*backup/);
  expect(foreignKeys()).toBe(1);
});

test('a migration that fails leaves nothing behind, and the next start goes on from before it', async () => {
  withMigrations([MigrationParentAndChild, MigrationThatFails]);
  await expect(control.migrate()).rejects.toThrow();
  expect(control.native.prepare(`select name from sqlite_master where name = 'half'`).all()).toEqual([]);
  expect(foreignKeys()).toBe(1);
});

test('migrations are applied once, and the database is whole', async () => {
  expect(await control.migrate()).toHaveLength(migrations.length);
  expect(await control.migrate()).toEqual([]);
  expect(control.native.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(control.native.pragma('foreign_key_check')).toEqual([]);
});
