import { closeSync, existsSync, fsyncSync, globSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { syncFolder } from '../lib/sync-folder.ts';
import { migrationState } from './migration-state.ts';

const copiesKept = 3;

/** Its message is a sentence for whoever starts Headgate. Nothing was changed. */
export class UpgradeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpgradeError';
  }
}

export interface CopyBeforeUpgrade {
  /** Made when it is missing, for its owner alone. */
  readonly folder: string;
  /** Of this program, which the database is upgraded to. */
  readonly version: string;
}

/**
 * Copies the control database before migrations change it, so that the older version can be started again on what it left. The newest three copies
 * are kept. An upgrade that was broken off makes its copy again: the older version may have run in between.
 * @returns the path of the copy; `null` when there is nothing to upgrade
 * @throws UpgradeError also when a newer version made the database
 */
export function copyBeforeUpgrade(database: Database.Database, { folder, version }: CopyBeforeUpgrade): string | null {
  const { applied, pending, unknown } = migrationState(database);
  if (unknown.length > 0)
    throw new UpgradeError(
      `The database is from a newer version of Headgate (${unknown.join(', ')}). Use that version, or put back the copy in ${folder} that was made before it.`,
    );
  if (pending.length === 0 || applied.length === 0) return null;
  const path = join(folder, `headgate-before-${version}-after-${applied.at(-1)}.db`);
  const partial = `${path}.partial`;
  const mask = process.umask(0o077);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(partial, { force: true });
    database.prepare('vacuum into ?').run(partial);
    check(partial);
    syncFile(partial);
    renameSync(partial, path);
    syncFolder(folder);
  } catch (error) {
    if (existsSync(partial)) rmSync(partial);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UpgradeError(
      `This version of Headgate has to change the database, and could not copy it to ${path} before: ${reason}. Nothing was changed; make room there and start again.`,
      { cause: error },
    );
  } finally {
    process.umask(mask);
  }
  forgetOldCopies(folder);
  return path;
}

function check(path: string): void {
  const copy = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const found = copy.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new Error(`the copy is damaged (${String(found)})`);
  } finally {
    copy.close();
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function forgetOldCopies(folder: string): void {
  const copies = globSync('headgate-before-*.db', { cwd: folder }).map((name) => join(folder, name));
  const newestFirst = copies.map((path) => ({ path, madeAt: statSync(path).mtimeMs })).sort((a, b) => b.madeAt - a.madeAt);
  for (const { path } of newestFirst.slice(copiesKept)) rmSync(path, { force: true });
}
