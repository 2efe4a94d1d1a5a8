import { once } from 'node:events';
import WebSocket from 'ws';

export interface RawSocket {
  readonly socket: WebSocket;
  readonly send: (message: unknown) => void;
  /** The next frame, parsed. */
  readonly next: () => Promise<Record<string, unknown>>;
  readonly closed: Promise<number>;
}

/** A WebSocket that speaks frames, so that the protocol itself can be asked. */
export async function openRawSocket(url: string, { init = true, protocol = 'graphql-transport-ws', headers = {} } = {}): Promise<RawSocket> {
  const socket = new WebSocket(url, protocol, { headers });
  const frames: Record<string, unknown>[] = [];
  const waiting: ((frame: Record<string, unknown>) => void)[] = [];
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    const reader = waiting.shift();
    if (reader) reader(frame);
    else frames.push(frame);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  await once(socket, 'open');
  const raw: RawSocket = {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: () => {
      const frame = frames.shift();
      return frame ? Promise.resolve(frame) : new Promise((resolve) => waiting.push(resolve));
    },
  };
  if (init) {
    raw.send({ type: 'connection_init' });
    await raw.next();
  }
  return raw;
}

export const subscribeFrame = (id: string, query: string, variables?: object) => ({ id, type: 'subscribe', payload: { query, variables } });
