import { GraphQLError } from 'graphql';
import { UnauthorizedError } from '../errors.ts';
import type { RateLimits } from '../rate-limits/rate-limits.ts';
import { neighbourhoodOf } from './addresses.ts';
import type { HttpOptions, OperationRequest, Session } from './options.ts';

export function rateLimited(retryAfterSeconds: number): GraphQLError {
  const http = { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } };
  return new GraphQLError(`Too many requests. Try again in ${retryAfterSeconds} s.`, {
    extensions: { code: 'RATE_LIMITED', retryAfterSeconds, http },
  });
}

export function isRateLimited(error: unknown): boolean {
  return error instanceof GraphQLError && error.extensions['code'] === 'RATE_LIMITED';
}

/** Counts operations for everybody who answers for them. Resolves with the seconds that the caller has to wait, 0 for none. */
export type CountOperations = (session: Session, request: OperationRequest, operations: number) => Promise<number>;

export function createCountOperations(rateLimits: RateLimits | undefined): CountOperations {
  if (!rateLimits) return async () => 0;
  return async ({ principal, caller }, { address }, operations) => {
    const waits = await Promise.all([
      rateLimits.count('principal', principal, operations),
      rateLimits.count('organization', caller.organizationId, operations),
      rateLimits.count('address', neighbourhoodOf(address), operations),
    ]);
    return Math.max(...waits);
  };
}

/** `authenticate` for callers from outside: an address that was refused too often waits. @throws {GraphQLError} with code RATE_LIMITED, and what `authenticate` throws */
export function createLogin({ authenticate, rateLimits }: Pick<HttpOptions, 'authenticate' | 'rateLimits'>): HttpOptions['authenticate'] {
  if (!rateLimits) return authenticate;
  return async (request) => {
    const name = neighbourhoodOf(request.address);
    const waitSeconds = await rateLimits.waitOf('failedLogins', name);
    if (waitSeconds > 0) throw rateLimited(waitSeconds);
    try {
      return await authenticate(request);
    } catch (error) {
      if (error instanceof UnauthorizedError) await rateLimits.count('failedLogins', name);
      throw error;
    }
  };
}
