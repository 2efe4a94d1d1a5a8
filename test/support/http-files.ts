import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
  /** Answered instead of the file. */
  readonly status?: number;
  /** The header that opens the file, `Bearer …` or `Basic …`; nobody is asked when absent. */
  readonly authorization?: string;
  /** Sends so many bytes and then: falls silent, or breaks the connection off. */
  readonly stopAfter?: { readonly bytes: number; readonly how: 'silence' | 'reset' };
}

export interface FileServer {
  /** Without a slash at the end. */
  readonly origin: string;
  /** What is served, by path; may be changed at any time. */
  readonly files: Map<string, ServedFile>;
  /** Every request so far. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[];
  close(): Promise<void>;
}

/** A real web server on a free port of the loopback. */
export async function serveFiles(files: Record<string, ServedFile>): Promise<FileServer> {
  const served = new Map(Object.entries(files));
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push({ path, authorization: request.headers.authorization });
    answer(served.get(path), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: served,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function answer(file: ServedFile | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (!file) return void response.writeHead(404).end();
  if (file.authorization && request.headers.authorization !== file.authorization) return void response.writeHead(401).end('no');
  const body = Buffer.from(file.body);
  response.writeHead(file.status ?? 200, { 'content-length': body.length, ...file.headers });
  if (!file.stopAfter) return void response.end(body);
  response.write(body.subarray(0, file.stopAfter.bytes), () => {
    if (file.stopAfter?.how === 'reset') response.destroy();
  });
  if (file.stopAfter.bytes === 0) response.flushHeaders();
}
