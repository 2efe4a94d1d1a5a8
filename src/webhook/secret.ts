import { randomBytes } from 'node:crypto';
import type { SealedColumn } from '../db/sealed-column.ts';
import { open, seal } from '../lib/cipher.ts';
import type { KeyRing } from '../lib/key-ring.ts';
import type { Webhook } from './webhook.entity.ts';

const secretBytes = 32;

function boundTo({ organizationId, id }: { readonly organizationId: string; readonly id: string }): string {
  return `${organizationId}|${id}`;
}

/** Where the signing secrets are, for a rotation of keys. */
export const sealedSecrets: SealedColumn = { table: 'webhook', column: 'sealed_secret', boundTo };

/** A new signing secret, as its holder has it: `whsec_<base64 of 32 bytes>`. */
export function newSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

/** Called in the transaction that stores the result: a rotation must not drop the key in between. */
export function sealSecret(ring: KeyRing, owner: Pick<Webhook, 'id' | 'organizationId'>, secret: string): string {
  return seal(ring, boundTo(owner), secret);
}

/** @throws SealBrokenError */
export function openSecret(ring: KeyRing, webhook: Pick<Webhook, 'id' | 'organizationId' | 'sealedSecret'>): string {
  return open(ring, boundTo(webhook), webhook.sealedSecret);
}
