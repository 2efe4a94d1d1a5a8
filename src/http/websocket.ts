import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import { createAddressOf, neighbourhoodOf } from './addresses.ts';
import type { HttpOptions } from './options.ts';
import { createOrigins } from './origins.ts';
import { requestIdOf } from './request-id.ts';
import type { RunOperation } from './run-operation.ts';
import type { SessionWatch } from './session-watch.ts';
import { serveSocket } from './socket.ts';
import { createSocketCounts } from './socket-counts.ts';
import { createProtocolServer } from './socket-operations.ts';
import { createOrigin } from './socket-origin.ts';

/** A restart: the graphql-ws client and ours connect again. @see RFC 6455 section 7.4 */
const serviceRestart = 1012;
const maxPayloadBytes = 256 * 1024;
/** A peer that does not answer the close frame is cut off after this. */
const closeTimeoutMs = 2_000;

const defaultSocketLimits = { perPrincipal: 1_000, unknownPerAddress: 500 };
/** Who opened too many sockets hears that at the latest then those that said nothing are gone. */
const retryAfterSeconds = 3;

function refuse(socket: Duplex, status: string, headers = ''): void {
  socket.end(`HTTP/1.1 ${status}\r\n${headers}connection: close\r\ncontent-length: 0\r\n\r\n`);
}

export interface SocketServer {
  /** Closes every socket with a code that clients answer by connecting again; resolves when all are gone. */
  readonly close: () => Promise<void>;
  /** Cuts off whoever is left. */
  readonly terminate: () => void;
}

interface Gate {
  readonly server: Server;
  readonly run: RunOperation;
  readonly watch: SessionWatch;
  readonly isAllowedHost: (request: IncomingMessage) => boolean;
}

/** Serves graphql-transport-ws on the upgrades of `/graphql`. */
export function attachWebSockets({ server, run, watch, isAllowedHost }: Gate, options: HttpOptions): SocketServer {
  const { log } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    clientTracking: true,
    ...{ closeTimeout: closeTimeoutMs },
  });
  const protocol = createProtocolServer({ run, watch }, options);
  const origins = createOrigins(options);
  const addressOf = createAddressOf(options.trustedProxies);
  const counts = createSocketCounts({ ...defaultSocketLimits, ...options.sockets });
  let closing = false;

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => log.debug({ error: error.name }, 'A socket failed before its upgrade'));
    if (closing) return refuse(socket, '503 Service Unavailable');
    if ((request.url ?? '').split('?', 1)[0] !== '/graphql') return refuse(socket, '404 Not Found');
    // Any page may open a socket to anywhere, and no browser asks first: here the origin is a wall whoever is behind it.
    if (origins.kindOf(request) === 'foreign' || !isAllowedHost(request)) return refuse(socket, '403 Forbidden');
    const address = addressOf(request);
    const place = counts.arrive(neighbourhoodOf(address));
    if (!place) return refuse(socket, '429 Too Many Requests', `retry-after: ${retryAfterSeconds}\r\n`);
    socket.once('close', place.leave);
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const close = (code: number, reason: string) => opened.close(code, reason);
      const closed = (then: () => void) => (opened.readyState === opened.CLOSED ? then() : void opened.once('close', then));
      serveSocket(protocol, opened, createOrigin({ request, requestId: requestIdOf(request.headers), address, place, close, closed }), options);
    });
  });

  return {
    close: async () => {
      closing = true;
      const gone = [...sockets.clients].map((client) => new Promise((resolve) => client.once('close', resolve)));
      for (const client of sockets.clients) client.close(serviceRestart, 'Service restart');
      await Promise.all(gone);
    },
    terminate: () => {
      for (const client of sockets.clients) client.terminate();
    },
  };
}
