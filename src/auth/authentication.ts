import { createLastUsed } from '../api-key/last-used.ts';
import { createVerifyApiKey } from '../api-key/verify.ts';
import type { JwtConfig } from '../config/jwt.ts';
import type { Services } from '../context.ts';
import type { OperationRequest, Session } from '../http/options.ts';
import { findOrganizations } from '../organization/find.ts';
import { ensureLocalOrganization } from '../organization/local.ts';
import { readIntroduction } from './presented.ts';
import { otherOrganization, severalOrganizations, unauthorized } from './refusals.ts';
import { localSession, sessionOfKey, sessionOfToken } from './sessions.ts';

/** How a gateway knows who calls. */
export interface Authentication {
  /** @throws UnauthorizedError ForbiddenError */
  authenticate(request: OperationRequest): Promise<Session>;
  /** The names that callers may know the gateway by; `undefined` = any. */
  readonly hosts: readonly string[] | undefined;
  close(): Promise<void>;
}

/** The one that the configuration asks for. */
export function openAuthentication(services: Services): Promise<Authentication> {
  return services.config.auth === 'local' ? openLocal(services) : openKeys(services);
}

/** Every caller is the administrator, so a page that had its own name resolve to us must not be one. */
async function openLocal(services: Services): Promise<Authentication> {
  const session = localSession(await ensureLocalOrganization(services));
  return { authenticate: async () => session, hosts: ['localhost', '127.0.0.1', '::1', services.config.host], close: async () => {} };
}

async function openKeys(services: Services): Promise<Authentication> {
  const { config, db, log } = services;
  const verifyKey = createVerifyApiKey(services);
  const verifyToken = config.jwt && (await verifyTokensBy(config.jwt));
  const lastUsed = createLastUsed(services);
  const anyKey = await db.selectFrom('api_key').select('id').where('revoked_at', 'is', null).limit(1).executeTakeFirst();
  if (!anyKey) log.warn('There is no API key yet. Make one with: headgate keys create --organization NAME --role ADMIN');

  return {
    async authenticate(request) {
      const { presented, organizationId } = readIntroduction(request);
      if (presented.kind === 'token') {
        if (!verifyToken) throw unauthorized();
        const token = await verifyToken(presented.token);
        const covered = await findOrganizations(db, token.organizations);
        return sessionOfToken(token, chosen(covered, organizationId));
      }
      const apiKey = await verifyKey(presented.key);
      if (!apiKey) throw unauthorized();
      if (organizationId !== undefined && organizationId !== apiKey.organizationId) throw otherOrganization();
      lastUsed.note(apiKey);
      return sessionOfKey(apiKey);
    },
    hosts: undefined,
    close: () => lastUsed.stop(),
  };
}

/** Loaded when there is an issuer of tokens: what reads them is a good part of a start. */
async function verifyTokensBy(jwt: JwtConfig) {
  const { createVerifyToken } = await import('./tokens.ts');
  return createVerifyToken(jwt);
}

/** @throws UnauthorizedError when a token covers none, ForbiddenError when it does not say which one, or another */
function chosen(covered: readonly { readonly id: string; readonly name: string }[], organizationId: string | undefined): string {
  const [first, second] = covered;
  if (!first) throw unauthorized();
  if (organizationId === undefined) {
    if (second) throw severalOrganizations(covered);
    return first.id;
  }
  if (!covered.some(({ id }) => id === organizationId)) throw otherOrganization();
  return organizationId;
}
