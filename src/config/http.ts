import type { z } from 'zod';
import { integer, networks, onOrOff, origins } from './variables.ts';

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
};

type HttpEnvironment = z.output<z.ZodObject<typeof httpVariables>>;

/** @param isLocal whether whoever reaches the port is trusted; else what nobody asked for is off */
export function httpConfig(env: HttpEnvironment, isLocal: boolean): HttpConfig {
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
  };
}
