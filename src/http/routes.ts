import type { IncomingMessage, ServerResponse } from 'node:http';
import { createAddressOf } from './addresses.ts';
import { notAcceptable } from './exchange.ts';
import { createGraphiqlPage, wantsPage } from './graphiql.ts';
import type { GraphqlHandler } from './graphql-handler.ts';
import { createHostCheck } from './hosts.ts';
import { negotiate } from './negotiate.ts';
import type { HttpOptions } from './options.ts';
import { createOrigins } from './origins.ts';
import { sendJson } from './reply.ts';
import { requestIdOf } from './request-id.ts';

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Answers every HTTP request. `isClosing` turns readiness off before the last request is answered. */
export function createRoutes(options: HttpOptions, graphql: GraphqlHandler, isClosing: () => boolean): Route {
  const { log, health } = options;
  const page = options.graphiql && createGraphiqlPage(options.graphiql);
  const isAllowedHost = createHostCheck(options.hosts);
  const addressOf = createAddressOf(options.trustedProxies);
  const origins = createOrigins(options);

  async function ready(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isReady = !isClosing() && (await health.ready().catch(() => false));
    if (!isReady) return sendJson(request, response, 503, { status: isClosing() ? 'draining' : 'unavailable' });
    const isDegraded = (await health.degraded?.().catch(() => true)) ?? false;
    sendJson(request, response, 200, { status: isDegraded ? 'degraded' : 'ok' });
  }

  async function operation(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    if (wantsPage(request)) return page ? page(request, response) : notFound(request, response, 'There is no page here. Send GraphQL by POST.');
    const acceptable = negotiate(request.headers.accept);
    const left = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) left.abort();
    });
    const caller = { headers: request.headers, requestId, transport: 'http', address: addressOf(request), left: left.signal } as const;
    const exchange = { request, response, acceptable, operation: caller };
    if (!acceptable.json && !acceptable.eventStream) return notAcceptable(exchange);
    return graphql.handle(exchange);
  }

  function notFound(request: IncomingMessage, response: ServerResponse, message = 'There is nothing here. GraphQL is at /graphql.'): void {
    sendJson(request, response, 404, { errors: [{ message, extensions: { code: 'NOT_FOUND' } }] });
  }

  function refuseOrigin(request: IncomingMessage, response: ServerResponse): void {
    const message = 'Pages of this origin may not use the gateway. HEADGATE_CORS_ORIGINS names the origins that may.';
    sendJson(request, response, 403, { errors: [{ message, extensions: { code: 'FORBIDDEN' } }] });
  }

  function route(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> | void {
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    switch (query < 0 ? url : url.slice(0, query)) {
      case '/graphql':
        return operation(request, response, requestId);
      case '/healthz':
        return sendJson(request, response, 200, { status: 'ok' });
      case '/readyz':
        return ready(request, response);
      case '/':
        if (!page || !wantsPage(request)) return notFound(request, response);
        response.writeHead(302, { location: '/graphql' }).end();
        return undefined;
      default:
        return notFound(request, response);
    }
  }

  return async (request, response) => {
    const requestId = requestIdOf(request.headers);
    response.setHeader('x-request-id', requestId);
    response.setHeader('x-content-type-options', 'nosniff');
    if (isClosing()) response.setHeader('connection', 'close');
    if (!isAllowedHost(request)) return sendJson(request, response, 421, { errors: [{ message: 'This host name is not served here.' }] });
    if (origins.answerPreflight(request, response)) return undefined;
    if (!options.answerForeignOrigins && origins.kindOf(request) === 'foreign') return refuseOrigin(request, response);
    try {
      await route(request, response, requestId);
    } catch (error) {
      log.error({ requestId, error: { type: error instanceof Error ? error.name : 'unknown' } }, 'A request failed unexpectedly');
      if (response.headersSent) response.destroy();
      else
        sendJson(request, response, 500, { errors: [{ message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL', requestId } }] });
    }
  };
}
