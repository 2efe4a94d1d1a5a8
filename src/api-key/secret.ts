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

const mostPeppers = 10_000;

/**
 * Makes the function that says whether a text is the key, in the same time whatever of it is wrong. Opening a pepper takes several times as long
 * as all the rest of a request's login, so it is done once for each.
 */
export function createIsKey(ring: KeyRing): (stored: StoredSecret, text: string) => boolean {
  const peppers = new Map<string, Buffer>();

  /** @throws SealBrokenError */
  function pepperOf(stored: StoredSecret): Buffer {
    // Sealed again by a rotation of keys it is another text.
    const name = `${boundTo(stored)}|${stored.sealedPepper}`;
    const known = peppers.get(name);
    if (known) return known;
    const pepper = Buffer.from(open(ring, boundTo(stored), stored.sealedPepper), 'base64url');
    if (peppers.size >= mostPeppers) peppers.delete(peppers.keys().next().value ?? '');
    peppers.set(name, pepper);
    return pepper;
  }

  return (stored, text) => timingSafeEqual(hmacOf(pepperOf(stored), text), Buffer.from(stored.hmac, 'base64url'));
}

function hmacOf(pepper: Buffer, text: string): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}
