import type { ApiKey } from '../api-key/api-key.entity.ts';
import type { Session } from '../http/options.ts';
import { localActor } from '../lib/actor.ts';
import type { VerifiedToken } from './tokens.ts';

/** Everybody, on a gateway that only its own machine reaches. */
export function localSession(organizationId: string): Session {
  const caller = { organizationId, collectionIds: null, actor: localActor, role: 'ADMIN' } as const;
  return { principal: 'local', credential: 'local', expiresAt: null, caller };
}

export function sessionOfKey({ id, organizationId, collectionIds, role, name, email, expiresAt }: ApiKey): Session {
  const principal = `key:${id}`;
  return {
    principal,
    credential: principal,
    expiresAt,
    caller: { organizationId, collectionIds, role, actor: { kind: 'API_KEY', id, name, email } },
  };
}

export function sessionOfToken({ issuer, subject, fingerprint, expiresAt, role, name, email }: VerifiedToken, organizationId: string): Session {
  const actor = { kind: 'USER', id: subject, name, email } as const;
  return {
    principal: `user:${issuer}|${subject}`,
    credential: `token:${fingerprint}`,
    expiresAt,
    caller: { organizationId, collectionIds: null, role, actor },
  };
}
