import { z } from 'zod';
import { integer, networks, onOrOff, origins, perMinute } from './variables.ts';

/** Generous enough for a busy frontend. A test of a source can be used to look for open doors in a network, so there are few. */
const defaultRates = { principal: 6_000, organization: 30_000, address: 6_000, sourceTests: 60, failedLogins: 300 };

export interface HttpConfig {
  /** Whether `__schema` and `__type` are answered. */
  readonly introspection: boolean;
  /** Whether an error about a wrong name names similar ones. */
  readonly suggestions: boolean;
  /** Whether browsers get GraphiQL. */
  readonly graphiql: boolean;
  /** Origins of pages that may use the gateway besides its own. */
  readonly corsOrigins: readonly string[];
  /** Whether requests are answered though they come from pages of other origins: where each shows a key, no page can borrow one. */
  readonly answerForeignOrigins: boolean;
  /** Whether a GET needs a header that no page sends to another origin without asking. */
  readonly guardGet: boolean;
  /** Networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly requestTimeoutMs: number;
  readonly socketsPerPrincipal: number;
  /** Requests a minute; 0 = any number. */
  readonly rateLimits: Readonly<Record<keyof typeof defaultRates, number>>;
}

/** Local tools, tests and measurements are one and the same principal. */
const defaultSockets = { local: 20_000, keys: 1_000 };

export const httpVariables = {
  HEADGATE_INTROSPECTION: onOrOff.optional(),
  HEADGATE_SUGGESTIONS: onOrOff.optional(),
  HEADGATE_GRAPHIQL: onOrOff.optional(),
  HEADGATE_CORS_ORIGINS: origins.default([]),
  HEADGATE_TRUSTED_PROXIES: networks.default([]),
  HEADGATE_REQUEST_TIMEOUT_SECONDS: integer(1, 3_600, 30).default(30),
  HEADGATE_SOCKETS_PER_PRINCIPAL: integer(1, 1_000_000, 1_000).optional(),
  HEADGATE_RATE_LIMIT_PRINCIPAL: perMinute(defaultRates.principal),
  HEADGATE_RATE_LIMIT_ORGANIZATION: perMinute(defaultRates.organization),
  HEADGATE_RATE_LIMIT_ADDRESS: perMinute(defaultRates.address),
  HEADGATE_RATE_LIMIT_SOURCE_TESTS: perMinute(defaultRates.sourceTests),
  HEADGATE_RATE_LIMIT_FAILED_LOGINS: perMinute(defaultRates.failedLogins),
  HEADGATE_PERSISTED_OPERATIONS: z.string().optional(),
};

type HttpEnvironment = z.output<z.ZodObject<typeof httpVariables>>;

/** @param isLocal whether whoever reaches the port is trusted; else what nobody asked for is off */
export function httpConfig(env: HttpEnvironment, isLocal: boolean): HttpConfig {
  const rates = isLocal ? { principal: 0, organization: 0, address: 0, sourceTests: 0, failedLogins: 0 } : defaultRates;
  return {
    introspection: env.HEADGATE_INTROSPECTION ?? isLocal,
    suggestions: env.HEADGATE_SUGGESTIONS ?? isLocal,
    graphiql: env.HEADGATE_GRAPHIQL ?? isLocal,
    corsOrigins: env.HEADGATE_CORS_ORIGINS,
    answerForeignOrigins: !isLocal,
    guardGet: !isLocal,
    trustedProxies: env.HEADGATE_TRUSTED_PROXIES,
    requestTimeoutMs: env.HEADGATE_REQUEST_TIMEOUT_SECONDS * 1000,
    socketsPerPrincipal: env.HEADGATE_SOCKETS_PER_PRINCIPAL ?? (isLocal ? defaultSockets.local : defaultSockets.keys),
    rateLimits: {
      principal: env.HEADGATE_RATE_LIMIT_PRINCIPAL ?? rates.principal,
      organization: env.HEADGATE_RATE_LIMIT_ORGANIZATION ?? rates.organization,
      address: env.HEADGATE_RATE_LIMIT_ADDRESS ?? rates.address,
      sourceTests: env.HEADGATE_RATE_LIMIT_SOURCE_TESTS ?? rates.sourceTests,
      failedLogins: env.HEADGATE_RATE_LIMIT_FAILED_LOGINS ?? rates.failedLogins,
    },
  };
}
