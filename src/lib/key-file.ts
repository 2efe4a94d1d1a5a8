import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type EncryptionKey, generateKey, parseKeyRing, printKeyRing } from './key-ring.ts';

/** Its message is a sentence for whoever starts Headgate, without any part of a key. */
export class KeyFileError extends Error {
  constructor(message: string) {
    super(message);
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
    // Whole or not at all: a half-written key file would lock up every credential sealed later.
    writeFileSync(`${path}.new`, printKeyRing(keys), { mode: 0o600, flush: true });
    chmodSync(`${path}.new`, 0o600);
    renameSync(`${path}.new`, path);
    return keys;
  }
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new KeyFileError(`The key file ${path} may be read by others. Run: chmod 600 ${path}`);
  const text = readFileSync(path, 'utf8');
  try {
    return parseKeyRing(text);
  } catch (error) {
    throw new KeyFileError(
      `The key file ${path} ${(error as Error).message}. Restore it from a backup: without its keys no stored credential opens.`,
    );
  }
}
