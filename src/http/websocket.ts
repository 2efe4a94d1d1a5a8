import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { Log } from '../lib/log.ts';
import { requestIdOf } from './request-id.ts';
import type { RunOperation } from './run-operation.ts';
import { serveSocket } from './socket.ts';
import { createProtocolServer } from './socket-operations.ts';

/** A restart: the graphql-ws client and ours connect again. @see RFC 6455 section 7.4 */
const serviceRestart = 1012;
const maxPayloadBytes = 256 * 1024;
/** A peer that does not answer the close frame is cut off after this. */
const closeTimeoutMs = 2_000;

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Browsers send Origin and let any page connect: only pages of this host may. Programs send none. */
function isForeign({ headers: { origin, host } }: IncomingMessage): boolean {
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

export interface SocketServer {
  /** Closes every socket with a code that clients answer by connecting again; resolves when all are gone. */
  readonly close: () => Promise<void>;
  /** Cuts off whoever is left. */
  readonly terminate: () => void;
}

interface SocketOptions {
  readonly server: Server;
  readonly run: RunOperation;
  readonly schema: GraphQLSchema;
  readonly log: Log;
  readonly isAllowedHost: (request: IncomingMessage) => boolean;
}

/** Serves graphql-transport-ws on the upgrades of `/graphql`. */
export function attachWebSockets({ server, run, schema, log, isAllowedHost }: SocketOptions): SocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: maxPayloadBytes,
    perMessageDeflate: false,
    clientTracking: true,
    ...{ closeTimeout: closeTimeoutMs },
  });
  const protocol = createProtocolServer(run, schema);
  let closing = false;

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', (error) => log.debug({ error: error.name }, 'A socket failed before its upgrade'));
    if (closing) return refuse(socket, '503 Service Unavailable');
    if ((request.url ?? '').split('?', 1)[0] !== '/graphql') return refuse(socket, '404 Not Found');
    if (isForeign(request) || !isAllowedHost(request)) return refuse(socket, '403 Forbidden');
    sockets.handleUpgrade(request, socket, head, (opened) =>
      serveSocket(protocol, opened, { request, requestId: requestIdOf(request.headers) }, log),
    );
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
