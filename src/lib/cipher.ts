import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

const format = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** Raised when a sealed value cannot be opened: its key is not in the ring, or it was altered or copied from another row. */
export class SealBrokenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SealBrokenError';
  }
}

/**
 * Seals text with AES-256-GCM under the newest key.
 * @param boundTo what the value belongs to, for example `org_…|cred_…`; it must be given again to open it, so a copy in another row does not open
 * @returns `v1.keyId.base64url(nonce | ciphertext | tag)`
 */
export function seal(ring: KeyRing, boundTo: string, text: string): string {
  const [newest] = ring.keys();
  if (!newest) throw new Error('the key ring is empty');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', newest.key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(newest.id, boundTo));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return sealPrefix(newest.id) + sealed.toString('base64url');
}

/** How every value that was sealed with this key begins. */
export function sealPrefix(keyId: string): string {
  return `${format}.${keyId}.`;
}

/** @throws SealBrokenError */
export function open(ring: KeyRing, boundTo: string, sealed: string): string {
  const [version, keyId = '', encoded = ''] = sealed.split('.', 3);
  const key = ring.find(keyId);
  if (version !== format || !key) throw new SealBrokenError(`No key "${keyId}" is in the key ring: this value was sealed with another one.`);
  const bytes = Buffer.from(encoded, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(associatedData(keyId, boundTo));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new SealBrokenError('A sealed value was altered, or belongs to another object.');
  }
}

function associatedData(keyId: string, boundTo: string): Buffer {
  return Buffer.from(`headgate|${format}|${keyId}|${boundTo}`);
}
