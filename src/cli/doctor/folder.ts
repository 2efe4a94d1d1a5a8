import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { noSpaceBytes } from '../../db/disk-space.ts';
import { inMebibytes } from '../output.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const littleSpaceBytes = 1024 ** 3;

export function checkFolder(dataDir: string): Finding[] {
  const check = 'data folder';
  if (!existsSync(dataDir)) {
    const parent = nearestFolder(dataDir);
    return mayWrite(parent)
      ? [
          warn(
            check,
            `${dataDir} is not there yet.`,
            'The first start of the gateway makes it. If there was one before, set HEADGATE_DATA_DIR to where it is.',
          ),
        ]
      : [fail(check, `${dataDir} is not there, and this user may not make it.`, `Let this user write to ${parent}, or set HEADGATE_DATA_DIR.`)];
  }
  const stats = statSync(dataDir);
  if (!stats.isDirectory()) return [fail(check, `${dataDir} is not a folder.`, 'Set HEADGATE_DATA_DIR to a folder.')];
  if (!mayWrite(dataDir))
    return [fail(check, `This user may not write to ${dataDir}.`, `Make it the owner, for example: chown -R "$USER" ${dataDir}`)];
  const isOpen = process.platform !== 'win32' && (stats.mode & 0o077) !== 0;
  return [isOpen ? warn(check, `Others may look into ${dataDir}.`, `Run: chmod 700 ${dataDir}`) : ok(check, `${dataDir} is ours to write`)];
}

export function checkSpace(dataDir: string): Finding[] {
  const { bavail, bsize } = statfsSync(nearestFolder(dataDir));
  const free = bavail * bsize;
  const message = `${inMebibytes(free)} free`;
  if (free < noSpaceBytes)
    return [fail('disk space', message, 'Make room: mutations and syncs answer STORAGE_FULL, and go on by themselves once there is some.')];
  return [free < littleSpaceBytes ? warn('disk space', message, 'Make room before it runs out.') : ok('disk space', message)];
}

export function checkLock(dataDir: string): Finding[] {
  const path = join(dataDir, 'headgate.lock');
  if (!existsSync(path)) return [ok('gateway', 'has never run on this data folder')];
  if (!isLocked(path)) return [ok('gateway', 'is not running')];
  const pid = holderOf(path);
  return [ok('gateway', pid === null ? 'is running' : `is running, process ${pid}`)];
}

/** The lock is SQLite's: whoever holds it lets nobody read. */
function isLocked(path: string): boolean {
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    database.prepare('select count(*) from sqlite_schema').get();
    return false;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** Linux tells who holds a lock, if it is in the same container; `null` when nobody tells. */
function holderOf(path: string): number | null {
  try {
    const { ino } = statSync(path);
    // `1: POSIX  ADVISORY  WRITE 4711 08:01:123456 0 EOF`
    const locks = readFileSync('/proc/locks', 'utf8').matchAll(/WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /g);
    for (const [, pid, inode] of locks) if (Number(inode) === ino) return Number(pid);
    return null;
  } catch {
    return null;
  }
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
