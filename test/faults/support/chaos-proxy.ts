import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to a connection after so many bytes have come from the source: `reset` is RST on both sides, `silence` goes on for ever. */
export interface Cut {
  readonly afterBytes: number;
  readonly how: 'reset' | 'silence';
}

export interface ChaosProxy {
  readonly port: number;
  /** Cuts that are still to come, each for one connection. */
  readonly cuts: Cut[];
  close(): void;
}

/** A network between the gateway and a source on this machine. */
export async function startChaosProxy(sourcePort: number): Promise<ChaosProxy> {
  const sockets = new Set<Socket>();
  const cuts: Cut[] = [];
  const server = createServer((client) => {
    const source = connect(sourcePort, '127.0.0.1');
    const pair = [client, source];
    const cut = cuts[0];
    let bytes = 0;
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    const end = () => pair.map((socket) => socket.destroy());
    client.on('close', end).on('data', (chunk) => source.write(chunk));
    source.on('close', end).on('data', (chunk) => {
      bytes += chunk.length;
      if (!cut || bytes < cut.afterBytes) return void client.write(chunk);
      if (cuts[0] === cut) cuts.shift();
      if (cut.how === 'reset') for (const socket of pair) socket.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cuts,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
