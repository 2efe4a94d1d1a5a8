import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** `http://127.0.0.1:PORT`, which leads to the gateway. */
  readonly url: string;
  /** WebSockets that are open now. */
  openSockets(): number;
  /** How many there were, over all. */
  countSockets(): number;
  /** Cuts every connection, or each that is chosen, as a network does it: both ends see a reset. */
  cut(chosen?: () => boolean): void;
  /** Swallows every byte of the present connections, and tells nobody. */
  freeze(): void;
  close(): Promise<void>;
}

/** A network between client and gateway that can be broken. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  const webSockets = new Set<Socket>();
  let count = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      webSockets.delete(client);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => upstream.write(bytes));
    client.once('data', (bytes) => {
      if (!/^upgrade: websocket\r$/im.test(bytes.toString('latin1'))) return;
      webSockets.add(client);
      count += 1;
    });
    upstream.on('data', (bytes) => client.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (chosen = () => true) => {
    for (const pair of pairs) if (chosen()) for (const socket of pair) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openSockets: () => webSockets.size,
    countSockets: () => count,
    cut,
    freeze() {
      for (const pair of pairs) for (const socket of pair) socket.removeAllListeners('data').resume();
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
