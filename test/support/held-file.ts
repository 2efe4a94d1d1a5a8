import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface HeldFile {
  readonly url: string;
  /** Resolves once so many requests have come. */
  requested(count?: number): Promise<void>;
  /** Answers the requests that wait and all later ones at once; only those with this authorization when one is given. */
  release(authorization?: string): void;
  close(): Promise<void>;
}

/** A web server that answers nobody until it is told to: for what happens during a test of a source. */
export async function serveHeldFile(body = 'id,name\n1,a\n'): Promise<HeldFile> {
  const waiting: { authorization: string | undefined; response: ServerResponse }[] = [];
  const released = new Set<string | undefined>();
  let count = 0;
  let held = true;
  const answer = (response: ServerResponse) => response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body);
  const server = createServer(({ headers: { authorization } }, response) => {
    count++;
    if (held && !released.has(authorization)) waiting.push({ authorization, response });
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/held.csv`,
    async requested(wanted = 1) {
      while (count < wanted) await sleep(5);
    },
    release(authorization) {
      if (authorization === undefined) held = false;
      else released.add(authorization);
      for (const each of waiting.splice(0)) {
        if (held && !released.has(each.authorization)) waiting.push(each);
        else answer(each.response);
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
