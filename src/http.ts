import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGraphqlHandler } from './http/graphql-handler.ts';
import { createHostCheck } from './http/hosts.ts';
import type { HttpOptions } from './http/options.ts';
import { createRoutes } from './http/routes.ts';
import { createSessionWatch } from './http/session-watch.ts';
import { attachWebSockets } from './http/websocket.ts';

/** For a whole request to arrive; streams that we send are not bound by it. */
const requestTimeoutMs = 30_000;
/** For its headers. */
const defaultHeadersTimeoutMs = 10_000;
/** Longer than the idle time of common load balancers, so that it is never us who close under their feet. */
const keepAliveTimeoutMs = 65_000;
/** A peer that does not take the last bytes of its stream is cut off after this. */
const drainStreamMs = 2_000;
const closeIdleMs = 50;

export interface Http {
  readonly server: Server;
  /** @throws the system's error when the address cannot be taken */
  readonly listen: (port: number, host: string) => Promise<{ readonly url: string }>;
  /**
   * Accepts nothing new, finishes the requests under way, ends subscriptions so that their clients come back.
   * Resolves within `graceMs`, cutting off what is left then.
   */
  readonly close: (graceMs: number) => Promise<void>;
}

/** The gateway's one port: GraphQL over HTTP, SSE and WebSocket, GraphiQL, and health. */
export function createHttp(options: HttpOptions): Http {
  let closing: Promise<void> | undefined;
  const watch = createSessionWatch(options);
  const graphql = createGraphqlHandler(options, watch);
  const routes = createRoutes(options, graphql, () => closing !== undefined);
  const { headersTimeoutMs = defaultHeadersTimeoutMs } = options;
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      // Node.js looks every 30 s, whatever the timeouts are.
      connectionsCheckingInterval: headersTimeoutMs / 4,
    },
    (request, response) => {
      void routes(request, response);
    },
  );
  const sockets = attachWebSockets({ server, run: graphql.run, watch, isAllowedHost: createHostCheck(options.hosts) }, options);

  async function shutDown(graceMs: number): Promise<void> {
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
    const cutStreams = setTimeout(graphql.cutStreams, Math.min(drainStreamMs, graceMs));
    const cutAll = setTimeout(() => {
      sockets.terminate();
      server.closeAllConnections();
    }, graceMs);
    // A connection whose last request began before the shutdown would idle on until its keep-alive ends.
    const closeIdle = setInterval(() => server.closeIdleConnections(), closeIdleMs);
    watch.stop();
    graphql.endStreams();
    await Promise.all([stopped, sockets.close()]);
    clearTimeout(cutStreams);
    clearTimeout(cutAll);
    clearInterval(closeIdle);
  }

  return {
    server,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address() as AddressInfo;
          const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
          resolve({ url: `http://${name}:${address.port}` });
        });
      }),
    close: (graceMs) => {
      closing ??= shutDown(graceMs);
      return closing;
    },
  };
}
