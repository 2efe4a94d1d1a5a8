import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SealedColumn } from '../db/sealed-column.ts';
import { open, seal } from '../lib/cipher.ts';
import type { KeyRing } from '../lib/key-ring.ts';
import type { ApiKey } from './api-key.entity.ts';

const pepperBytes = 32;

/** What is stored of a key. Whoever has the database and not the key ring can neither use it nor find out whether a guess is right. */
export type StoredSecret = Pick<ApiKey, 'id' | 'organizationId' | 'hmac' | 'sealedPepper'>;

function boundTo({ organizationId, id }: { readonly organizationId: string; readonly id: string }): string {
  return `${organizationId}|${id}`;
}

/** Where the peppers are, for a rotation of keys. */
export const sealedPeppers: SealedColumn = { table: 'api_key', column: 'sealed_pepper', boundTo };

/** Called in the transaction that stores the result: a rotation must not drop the key in between. */
export function sealSecret(ring: KeyRing, owner: Pick<ApiKey, 'id' | 'organizationId'>, text: string): Pick<ApiKey, 'hmac' | 'sealedPepper'> {
  const pepper = randomBytes(pepperBytes);
  return { hmac: hmacOf(pepper, text).toString('base64url'), sealedPepper: seal(ring, boundTo(owner), pepper.toString('base64url')) };
}

/** Whether this text is the key, found out in the same time whatever of it is wrong. @throws SealBrokenError */
export function isKey(ring: KeyRing, stored: StoredSecret, text: string): boolean {
  const pepper = Buffer.from(open(ring, boundTo(stored), stored.sealedPepper), 'base64url');
  return timingSafeEqual(hmacOf(pepper, text), Buffer.from(stored.hmac, 'base64url'));
}

function hmacOf(pepper: Buffer, text: string): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}
