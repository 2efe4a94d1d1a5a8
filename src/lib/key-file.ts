import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type EncryptionKey, generateKey, type KeyRing, keyRingOf, parseKeyRing, printKeyRing } from './key-ring.ts';
import { syncFolder } from './sync-folder.ts';

/** Where the keys are: in the environment, newest first, or in a file. `ours`: the one in the data folder, made at the first start. */
export type KeySource = { readonly variable: readonly EncryptionKey[] } | { readonly file: string; readonly ours: boolean };

/** Its message is a sentence for whoever starts Headgate, without any part of a key. */
export class KeyFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyFileError';
  }
}

/**
 * Reads the key file, or makes one with a new key. Only its owner may read it.
 * @throws KeyFileError when others may read it, or it cannot be used
 */
export function readOrCreateKeyFile(path: string): EncryptionKey[] {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const keys = [generateKey(new Date())];
    writeKeyFile(path, keys);
    return keys;
  }
  if (mayBeReadByOthers(path)) throw new KeyFileError(`The key file ${path} may be read by others. Run: chmod 600 ${path}`);
  return readKeyFile(path);
}

export function mayBeReadByOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
}

/** @throws KeyFileError */
export function readKeyFile(path: string): EncryptionKey[] {
  const text = readFileSync(path, 'utf8');
  try {
    return parseKeyRing(text);
  } catch (error) {
    throw new KeyFileError(
      `The key file ${path} ${(error as Error).message}. Restore it from a backup: without its keys no stored credential opens.`,
    );
  }
}

/**
 * Puts these keys in the place of those in the file; owner and mode stay as they are, so that whoever could read it still can.
 * @throws KeyFileError when the file cannot be replaced; it is then as it was
 */
export function writeKeyFile(path: string, keys: readonly EncryptionKey[]): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const fresh = `${target}.new`;
  // Whole or not at all: a half-written key file would lock up every credential.
  try {
    const former = statSync(target, { throwIfNoEntry: false });
    rmSync(fresh, { force: true });
    writeFileSync(fresh, printKeyRing(keys), { mode: 0o600, flush: true });
    const { uid, gid } = statSync(fresh);
    if (former && (former.uid !== uid || former.gid !== gid)) chownSync(fresh, former.uid, former.gid);
    chmodSync(fresh, former ? former.mode & 0o777 : 0o600);
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new KeyFileError(`The key file ${path} cannot be written (${code ?? message}).`, { cause: error });
  }
  // Or what was sealed with the new key would not open after a power cut.
  syncFolder(dirname(target));
}

/** The keys as a process uses them; a file is read again whenever it has changed. @throws KeyFileError */
export function openKeyRing(source: KeySource): KeyRing {
  // A thread gets the keys as plain bytes.
  if ('variable' in source) return keyRingOf(source.variable.map(({ id, key }) => ({ id, key: Buffer.from(key) })));
  const { file } = source;
  const seen = new Map<string, EncryptionKey>();
  let current: readonly EncryptionKey[] = [];
  let stamp: string | undefined;
  const readAgain = () => {
    // The stamp first: what changes between the two is read once more next time.
    const now = stampOf(file);
    current = readKeyFile(file);
    stamp = now;
    for (const key of current) seen.set(key.id, key);
  };
  readAgain();
  return {
    // Never with a former key when the file cannot be read: nobody might have it any more.
    keys() {
      if (stampOf(file) !== stamp) readAgain();
      return current;
    },
    find(id) {
      if (!seen.has(id)) readAgain();
      return seen.get(id);
    },
  };
}

function stampOf(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino}|${size}|${mtimeNs}`;
}
