import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'vitest';
import { SourceFailure } from '../../src/connector/failures.ts';

/** Servers on free ports of the loopback, closed together. */
export function listening() {
  const servers: Server[] = [];
  async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
    servers.push(server.listen(0, host));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
  return {
    listen,
    /** A server that counts who connects, and greets. */
    async count(greet: (socket: Socket) => void = (socket) => socket.resume().end('hello')) {
      const counted = { port: 0, connections: 0 };
      const server = createServer((socket) => greet(socket.on('error', () => {}))).on('connection', () => counted.connections++);
      counted.port = await listen(server);
      return counted;
    },
    /** @returns its origin */
    async serve(handle: RequestListener): Promise<string> {
      return `http://127.0.0.1:${await listen(createHttpServer({ keepAliveTimeout: 1 }, handle))}`;
    },
    /** A port on which nothing listens. */
    async closedPort(): Promise<number> {
      const port = await listen(createServer());
      await new Promise((closed) => servers.pop()?.close(closed));
      return port;
    },
    async close(): Promise<void> {
      for (const server of servers.splice(0)) {
        if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}

export async function failureOf(promise: Promise<unknown>): Promise<SourceFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceFailure);
  return error as SourceFailure;
}
