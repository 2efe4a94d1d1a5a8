import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gunzip, gzip } from 'node:zlib';
import type { GraphiqlOptions } from './options.ts';

const compressWithBrotli = promisify(brotliCompress);
const compressWithGzip = promisify(gzip);
const decompress = promisify(gunzip);

interface Page {
  readonly etag: string;
  readonly brotli: Buffer;
  readonly gzip: Buffer;
}

/** The page brings all that it needs; nothing of another host may load, even if the package should change its mind. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "frame-ancestors 'none'",
].join('; ');

async function render({ tabs, title = 'Headgate', script = '', subscriptions = 'websocket' }: GraphiqlOptions): Promise<Page> {
  // 9 MB of script: loaded when somebody first opens the page, not when the gateway starts.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const defaultTabs = tabs.map((tab) => ({
    query: tab.title ? `# ${tab.title}\n${tab.query}` : tab.query,
    variables: tab.variables ?? null,
    headers: tab.headers ?? null,
  }));
  const { query, variables } = defaultTabs[0] ?? {};
  // The first tab is also named as the open one: else its variables stay hidden and each reload adds an empty tab.
  const pageOptions = {
    title,
    endpoint: '/graphql',
    subscriptionsProtocol: subscriptions === 'events' ? 'SSE' : 'WS',
    shouldPersistHeaders: false,
    defaultTabs,
    query,
    variables,
  } as const;
  const root = '<div id="root"></div>';
  const bytes = Buffer.from(renderGraphiQL(pageOptions).replace(root, () => `${root}<script>${script}</script>`));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength } };
  const [brotli, gzipped] = await Promise.all([compressWithBrotli(bytes, quality), compressWithGzip(bytes)]);
  return { etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`, brotli, gzip: gzipped };
}

export function wantsPage(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && (request.headers.accept ?? '').includes('text/html');
}

/** Serves GraphiQL; rendered and compressed once, on the first request for it. */
export function createGraphiqlPage(options: GraphiqlOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let rendering: Promise<Page> | undefined;
  return async (request, response) => {
    rendering ??= render(options);
    const page = await rendering;
    response.setHeader('etag', page.etag);
    response.setHeader('vary', 'accept, accept-encoding');
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('content-security-policy', policy);
    if (request.headers['if-none-match']?.includes(page.etag)) {
      response.writeHead(304).end();
      return;
    }
    const accepted = request.headers['accept-encoding'] ?? '';
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
    const body = encoding === 'br' ? page.brotli : encoding === 'gzip' ? page.gzip : await decompress(page.gzip);
    if (encoding) response.setHeader('content-encoding', encoding);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.byteLength });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}
