import { createClient } from 'graphql-ws/client';
import type { TypedDocumentString } from './generated/graphql.ts';
import { ofGraphqlErrors, ofSocketEnd } from './headgate-error.ts';
import { trackSockets, type WebSocketConstructor } from './track-sockets.ts';

export interface SocketOptions {
  /** The gateway's GraphQL endpoint, `wss://…/graphql`. */
  readonly url: string;
  /** The payload of `connection_init`; called anew for each connection. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | (() => Promise<Record<string, unknown>> | Record<string, unknown>) | undefined;
  /** @default the global one */
  readonly webSocketImpl?: WebSocketConstructor | undefined;
  /** How long a connection may be silent before it is asked for a sign of life, and how long that may take, in milliseconds. */
  readonly keepAliveMs: number;
}

const frozen = { code: 4408, reason: 'No sign of life' };

/**
 * One operation over a connection of its own, which ends with it: when the signal aborts, when the reader leaves, or when either side fails.
 * @throws HeadgateError also when the connection stays silent for too long: a network that is gone says nothing
 */
export async function* subscribe<Data, Variables extends Record<string, unknown>>(
  { url, connectionParams, webSocketImpl = WebSocket, keepAliveMs }: SocketOptions,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  signal: AbortSignal,
): AsyncGenerator<Data, void, undefined> {
  const events: Data[] = [];
  let ended: { readonly error?: unknown } | undefined;
  let wake = () => {};
  const end = (how: { readonly error?: unknown }) => {
    ended ??= how;
    wake();
  };
  const giveUp = () => end({ error: frozen });
  let signOfLife = setTimeout(giveUp, keepAliveMs);
  const alive = () => clearTimeout(signOfLife);
  const leave = () => end({});
  const sockets = trackSockets(webSocketImpl);
  const client = createClient({
    url,
    webSocketImpl: sockets.webSocketImpl,
    // The library connects again with the variables it began with, that is, from the first cursor.
    retryAttempts: 0,
    keepAlive: keepAliveMs,
    ...(connectionParams ? { connectionParams } : {}),
    on: {
      // After a normal closure the library would connect again on its own.
      closed: (event) => end({ error: event }),
      message: alive,
      ping: (received) => {
        if (received) return;
        alive();
        signOfLife = setTimeout(giveUp, keepAliveMs);
      },
    },
  });
  signal.addEventListener('abort', leave);
  const unsubscribe = client.subscribe<Data>(
    { query: document.toString(), variables },
    {
      next: ({ data, errors }) => {
        if (data == null) return end({ error: ofGraphqlErrors(errors ?? []) });
        events.push(data);
        wake();
      },
      error: (error) => end({ error }),
      complete: leave,
    },
  );
  try {
    while (!signal.aborted) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else if (ended) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    if (!signal.aborted && ended && 'error' in ended) throw ofSocketEnd(ended.error);
  } finally {
    alive();
    signal.removeEventListener('abort', leave);
    unsubscribe();
    sockets.close();
  }
}
