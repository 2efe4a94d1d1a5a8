import { randomBytes } from 'node:crypto';

/** A 256-bit key with the name that sealed values carry. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The keys of a process. They may change while it runs: `encryption-keys rotate` is another process. */
export interface KeyRing {
  /** The newest first, as they are at this moment. What is sealed is stored in the same write transaction: a rotation drops a key in one. */
  keys(): readonly EncryptionKey[];
  /** Finds a key that has left the ring too, for what was read just before it left. */
  find(id: string): EncryptionKey | undefined;
}

/** A ring that never changes. */
export function keyRingOf(keys: readonly EncryptionKey[]): KeyRing {
  return { keys: () => keys, find: (id) => keys.find((key) => key.id === id) };
}

const keyBytes = 32;
/** `Buffer.from` skips what is no base64, and so would take a key with a typing error for another key. */
const base64 = /^[A-Za-z0-9+/]+=*$/;

/**
 * Reads `keyId:base64(32 bytes)`, newest first, separated by commas or newlines.
 * @throws Error without any part of a key in its message
 */
export function parseKeyRing(text: string): EncryptionKey[] {
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter(Boolean);
  if (entries.length === 0) throw new Error('must hold at least one key, for example k1:BASE64-OF-32-BYTES');
  const keys = entries.map((entry, index) => {
    const [id = '', encoded = ''] = entry.split(':', 2);
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(id))
      throw new Error(
        `has an entry (number ${index + 1}) whose key id is not 1 to 64 letters, digits, "_" or "-", for example k1:BASE64-OF-32-BYTES`,
      );
    const key = Buffer.from(encoded, 'base64');
    // Named by its number: of an entry without an id, what stands in the id's place is the key.
    if (key.length !== keyBytes || !base64.test(encoded))
      throw new Error(`has an entry (number ${index + 1}) whose key is not 32 bytes in base64; make one with: openssl rand -base64 32`);
    return { id, key };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('names the same key id twice');
  return keys;
}

export function generateKey(now: Date): EncryptionKey {
  // A day may see two rotations, and an id that comes back with another key would open nothing.
  const id = `k${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(4).toString('hex')}`;
  return { id, key: randomBytes(keyBytes) };
}

export function printKeyRing(keys: readonly EncryptionKey[]): string {
  return `${keys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join('\n')}\n`;
}
