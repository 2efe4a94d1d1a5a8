import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { JwtConfig } from '../config/jwt.ts';
import { type Role, roles } from '../context.ts';
import { unauthorized } from './refusals.ts';

/** Clocks differ. */
const clockToleranceSeconds = 5;
const fetchTimeoutMs = 5_000;
const defaultPatience = {
  /** A token with an unknown key has the keys fetched again, but not more often than this: anybody can write such tokens. */
  fetchCooldownMs: 30_000,
  keysFreshForMs: 600_000,
  /** A token is verified again after this, for its key may have been withdrawn. */
  verifiedForMs: 60_000,
};
const mostVerified = 10_000;
const longestText = 255;

/** What a token says, once it is known to be true. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  /** Tells tokens apart; not what they say. */
  readonly fingerprint: string;
  readonly expiresAt: Date;
  readonly name: string;
  readonly email: string | null;
  readonly role: Role;
  /** Ids or names, as the issuer gives them. */
  readonly organizations: readonly string[];
}

/** The errors of jose that are about the token. All others are about the keys, which is no fault of the caller. */
const faultsOfTokens = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/**
 * Makes the function that verifies tokens with the keys of the issuer. It throws UnauthorizedError for a token that does not count, and
 * something else when the keys cannot be had.
 */
export function createVerifyToken(config: JwtConfig, patience: Partial<typeof defaultPatience> = {}): (token: string) => Promise<VerifiedToken> {
  const { fetchCooldownMs, keysFreshForMs, verifiedForMs } = { ...defaultPatience, ...patience };
  const keys = createRemoteJWKSet(new URL(config.jwksUrl), {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: fetchCooldownMs,
    cacheMaxAge: keysFreshForMs,
  });
  const options = {
    issuer: config.issuer,
    audience: [...config.audience],
    algorithms: [...config.algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: clockToleranceSeconds,
  };
  const verified = new Map<string, { readonly token: VerifiedToken; readonly until: number }>();

  return async (text) => {
    const fingerprint = createHash('sha256').update(text).digest('base64url');
    const known = verified.get(fingerprint);
    if (known && Date.now() < known.until) return known.token;
    verified.delete(fingerprint);
    const { payload } = await jwtVerify(text, keys, options).catch((error: unknown) => {
      throw faultsOfTokens.some((fault) => error instanceof fault) ? unauthorized() : error;
    });
    const token = readClaims(payload, fingerprint, config);
    if (verified.size >= mostVerified) verified.delete(verified.keys().next().value ?? '');
    verified.set(fingerprint, { token, until: Math.min(token.expiresAt.getTime(), Date.now() + verifiedForMs) });
    return token;
  };
}

/** @throws UnauthorizedError when it does not say who, or as what */
function readClaims(payload: JWTPayload, fingerprint: string, { issuer, organizationClaim, roleClaim }: JwtConfig): VerifiedToken {
  const text = (claim: string) => {
    const value = payload[claim];
    return typeof value === 'string' && value !== '' && value.length <= longestText ? value : undefined;
  };
  const texts = (claim: string) => [payload[claim]].flat().filter((value) => typeof value === 'string');
  const subject = text('sub');
  const given = texts(roleClaim);
  const role = roles.findLast((known) => given.includes(known));
  if (subject === undefined || role === undefined || payload.exp === undefined) throw unauthorized();
  return {
    issuer,
    subject,
    fingerprint,
    expiresAt: new Date(payload.exp * 1000),
    name: text('name') ?? text('preferred_username') ?? subject,
    email: text('email') ?? null,
    role,
    organizations: texts(organizationClaim),
  };
}
