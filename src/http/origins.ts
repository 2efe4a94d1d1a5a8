import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpOptions } from './options.ts';

/** How long a browser remembers what it may send; Chromium takes no more. */
const preflightMaxAgeSeconds = 7_200;
const allowedHeaders = [
  'accept',
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'authorization',
  'content-type',
  'graphql-require-preflight',
  'x-api-key',
  'x-organization-id',
  'x-request-id',
  'x-requested-with',
].join(', ');
const exposedHeaders = 'retry-after, x-request-id';

/** What the page that sends a request is to us. Programs name no origin; pages of our own, such as GraphiQL, name our host. */
export type OriginKind = 'none' | 'own' | 'listed' | 'foreign';

export interface Origins {
  readonly kindOf: (request: IncomingMessage) => OriginKind;
  /** Says to the browser what a page of a listed origin may send and read. Answers whether that was all it asked for. */
  readonly answerPreflight: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Knows pages of which origins may use the gateway. No cookie or login of the browser is ever asked for, so none is allowed. */
export function createOrigins({ corsOrigins = [] }: Pick<HttpOptions, 'corsOrigins'>): Origins {
  const listed = new Set(corsOrigins);

  function kindOf({ headers: { origin, host } }: IncomingMessage): OriginKind {
    if (origin === undefined) return 'none';
    if (listed.has(origin)) return 'listed';
    return URL.canParse(origin) && new URL(origin).host === host ? 'own' : 'foreign';
  }

  function answerPreflight(request: IncomingMessage, response: ServerResponse): boolean {
    if (listed.size > 0) response.appendHeader('vary', 'origin');
    if (kindOf(request) !== 'listed') return false;
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '');
    response.setHeader('access-control-expose-headers', exposedHeaders);
    if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false;
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader('access-control-allow-headers', allowedHeaders);
    response.setHeader('access-control-max-age', preflightMaxAgeSeconds);
    response.writeHead(204).end();
    return true;
  }

  return { kindOf, answerPreflight };
}
