import { randomBytes } from 'node:crypto';
import type { Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { HttpOptions } from './options.ts';
import { abortAll, abortCompleted, type SocketOrigin } from './socket-origin.ts';

/** A peer that leaves a ping without answer for this long is gone or frozen. */
const defaultKeepAliveMs = 12_000;
/** A peer that asks but does not read is not listened to beyond this. */
const maxUnsentBytes = 1024 * 1024;

/**
 * Pings as long as the socket lives and cuts it off when an answer is missing. An answer repeats what only somebody who reads
 * can know: a peer could send pongs that nobody asked for, and never take what is sent to it.
 */
function keepAlive(socket: WebSocket, keepAliveMs: number): void {
  let unanswered: Buffer | undefined;
  socket.on('pong', (data) => {
    if (unanswered?.equals(data)) unanswered = undefined;
  });
  const timer = setInterval(() => {
    if (unanswered) return socket.terminate();
    unanswered = randomBytes(8);
    if (socket.readyState === socket.OPEN) socket.ping(unanswered);
  }, keepAliveMs);
  socket.once('close', () => clearInterval(timer));
}

/**
 * Resolves when the kernel took the text, so that the next event is pulled only for a peer that reads. On a socket that is closing it
 * resolves once that is closed: resolving at once would let a source that is always ready spin until then.
 */
function sender(socket: WebSocket): (text: string) => Promise<void> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return (text) => {
    if (socket.readyState !== socket.OPEN) return gone;
    return new Promise((resolve) => {
      socket.send(text, () => {
        if (socket.isPaused && socket.bufferedAmount < maxUnsentBytes) socket.resume();
        resolve();
      });
    });
  };
}

/** Carries the protocol over one socket. What goes wrong inside closes this socket, says nothing about itself, and is logged. */
export function serveSocket(protocol: Server<SocketOrigin>, socket: WebSocket, origin: SocketOrigin, options: HttpOptions): void {
  const { requestId } = origin;
  const { log, keepAliveMs = defaultKeepAliveMs } = options;
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: sender(socket),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (receive) =>
        socket.on('message', (data) => {
          if (socket.bufferedAmount > maxUnsentBytes) socket.pause();
          const text = String(data);
          abortCompleted(origin, text);
          receive(text).catch((error: Error) => {
            log.error(
              { requestId, error: { type: error.name, stack: error.stack?.replace(error.message, '') } },
              'A socket was closed by an unexpected error',
            );
            socket.close(1011, 'Internal error');
          });
        }),
    },
    origin,
  );
  keepAlive(socket, keepAliveMs);
  // A frame that is too large or malformed: ws has answered with the close code that says so.
  socket.on('error', (error) => log.debug({ requestId, reason: error.name }, 'A socket failed'));
  socket.once('close', (code, reason) => {
    abortAll(origin);
    void closed(code, String(reason));
  });
}
