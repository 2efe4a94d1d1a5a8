import { randomUUID } from 'node:crypto';
import type { Services } from '../context.ts';
import { preparedForEveryOrganization } from '../db/scope.ts';
import type { ApiKey } from './api-key.entity.ts';
import type { KeyText } from './key-text.ts';
import { apiKeys } from './read.ts';
import { createIsKey, type StoredSecret, sealSecret } from './secret.ts';

export type VerifyApiKey = (given: KeyText) => Promise<ApiKey | undefined>;

/**
 * Makes the function that finds the key of a text; `undefined` when there is none, it is another one, has expired or was revoked. It reads the
 * row each time: a key that another process has just revoked lets nobody in any more.
 */
export function createVerifyApiKey(services: Pick<Services, 'db' | 'scope' | 'encryptionKeys'>): VerifyApiKey {
  const { encryptionKeys } = services;
  // The row tells which organization is calling.
  const read = preparedForEveryOrganization(services, (db) => db.selectFrom('api_key').selectAll().where('id', '=', ''));
  const isKey = createIsKey(encryptionKeys);
  const nobody = { id: '', organizationId: '' };
  // Who guesses ids learns nothing from how long the answer takes.
  const nobodys: StoredSecret = { ...nobody, ...sealSecret(encryptionKeys, nobody, randomUUID()) };

  return async ({ id, text }) => {
    const [raw] = await read([id]);
    const apiKey = raw && apiKeys.toRow(raw);
    const isRight = isKey(apiKey ?? nobodys, text);
    return apiKey && isRight && isInForce(apiKey) ? apiKey : undefined;
  };
}

function isInForce({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt.getTime() > Date.now());
}
