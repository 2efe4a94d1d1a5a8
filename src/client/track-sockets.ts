/** What a browser, Node and the package `ws` have in common. */
export interface WebSocketConstructor {
  new (url: string, protocols?: string | string[]): { close(code?: number, reason?: string): void };
}

/**
 * Keeps hold of the sockets that graphql-ws opens: it has no way to let go of one that is still connecting, which a network
 * that swallows packets leaves so for minutes.
 */
export function trackSockets(webSocketImpl: WebSocketConstructor): { readonly webSocketImpl: WebSocketConstructor; close(): void } {
  const opened: { close(code?: number, reason?: string): void }[] = [];
  return {
    webSocketImpl: new Proxy(webSocketImpl, {
      construct(target, [url, protocols]: [string, string]) {
        const socket = new target(url, protocols);
        opened.push(socket);
        return socket;
      },
    }),
    close() {
      for (const socket of opened) socket.close(1000);
    },
  };
}
