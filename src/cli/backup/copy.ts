import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { Config } from '../../config.ts';
import { CommandError } from '../command.ts';
import { takeSnapshots } from './snapshots.ts';

export interface Backup {
  readonly to: string;
  readonly withKeys: boolean;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export interface CopyData {
  readonly config: Config;
  /** To the control database, to keep everybody from writing for a moment. */
  readonly lock: Database.Database;
  readonly to: string;
  readonly withKeys: boolean;
}

/**
 * Copies the data as it was at one moment. The folder appears only when it is complete.
 * @throws CommandError when the folder is in use, or what was copied is damaged
 */
export async function copyData({ config, lock, to, withKeys }: CopyData): Promise<Backup> {
  if (existsSync(to) && !(statSync(to).isDirectory() && readdirSync(to).length === 0))
    throw new CommandError(`${to} is there already. Nothing was copied over it.`);
  const keyFile = 'file' in config.encryptionKeys ? config.encryptionKeys.file : null;
  if (withKeys && keyFile === null)
    throw new CommandError('The keys are in HEADGATE_ENCRYPTION_KEYS, not in a file. Leave --with-keys out, and keep a copy of them yourself.');
  mkdirSync(dirname(to), { recursive: true });
  const partial = `${to}.partial`;
  if (existsSync(partial)) throw new CommandError(`${partial} is there: another backup is being made, or one was broken off. Remove it if none is.`);
  const before = process.umask(0o077);
  try {
    mkdirSync(join(partial, 'records'), { recursive: true });
    const snapshots = takeSnapshots(config, lock, withKeys ? keyFile : null);
    try {
      for (const { path, database } of snapshots.databases) {
        await database.backup(join(partial, path));
        check(join(partial, path), path);
      }
    } finally {
      snapshots.release();
    }
    if (snapshots.keys !== null) writeFileSync(join(partial, 'encryption.keys'), snapshots.keys, { mode: 0o600, flush: true });
    const paths = [...snapshots.databases.map(({ path }) => path), ...(snapshots.keys === null ? [] : ['encryption.keys'])];
    const files = paths.map((path) => ({ path, bytes: statSync(join(partial, path)).size }));
    if (existsSync(to)) rmdirSync(to);
    renameSync(partial, to);
    return { to, withKeys, files };
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  } finally {
    process.umask(before);
  }
}

/** A backup that cannot be restored is none. */
function check(path: string, name: string): void {
  const copy = new Database(path, { fileMustExist: true });
  try {
    if (copy.pragma('quick_check(1)', { simple: true }) !== 'ok')
      throw new CommandError(`${name} is damaged, and so is every copy of it. Run: headgate doctor`);
  } finally {
    copy.close();
  }
}
