import { once } from 'node:events';
import WebSocket from 'ws';

export interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  /** The connectionParams. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Opens one subscription on a socket of its own, by hand: a client library would be measured along. Each `message` of the socket is an event.
 * What comes once the gateway has answered a ping that was sent after the subscription: from then on no event is missed.
 */
export async function subscribe(url: string, { query, variables, headers }: Operation): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: headers }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
  return socket;
}
