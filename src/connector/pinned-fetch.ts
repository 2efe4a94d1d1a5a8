import { isIP } from 'node:net';
import { Agent, type RequestInit as UndiciRequestInit, fetch as undiciFetch } from 'undici';
import type { Dial } from './dial.ts';
import { SourceFailure } from './failures.ts';
import { networkFailure } from './network-failure.ts';

const mostRedirects = 5;

/** Everything else may carry a credential, under whatever name, and stays with the origin it was meant for. */
const harmlessHeaders = new Set(['accept', 'accept-encoding', 'accept-language', 'content-language', 'content-type', 'range', 'user-agent']);

/** A `fetch` whose every connection goes to an address that `resolve` has let pass. */
export function createFetch(resolve: Dial['resolve']): Dial['fetch'] {
  const agent = new Agent({
    allowH2: false,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
    connect: {
      timeout: 10_000,
      // The check is the resolver: there is no second look-up between checking and connecting that could answer otherwise.
      lookup: (host, options, callback) => {
        resolve(host).then(
          (addresses) => {
            const found = addresses.map((address) => ({ address, family: isIP(address) }));
            if (options.all) callback(null, found);
            else callback(null, found[0]?.address ?? '', found[0]?.family);
          },
          (error: unknown) => callback(error as NodeJS.ErrnoException, []),
        );
      },
    },
  });
  return (url, init) => followRedirects(new URL(url), init ?? {}, resolve, agent);
}

async function followRedirects(start: URL, init: RequestInit, resolve: Dial['resolve'], agent: Agent): Promise<Response> {
  let url = start;
  let request: RequestInit = { ...init, headers: new Headers(init.headers) };
  for (let hop = 0; hop <= mostRedirects; hop++) {
    await checkUrl(url, resolve);
    const response = await fetchOnce(url, request, agent);
    const location = response.headers.get('location');
    if (!location || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    const next = URL.parse(location, url.href);
    if (!next) throw new SourceFailure('CONFIG', `${url.host} redirects to something that is not a URL.`);
    request = redirected(request, response.status, url, next);
    url = next;
  }
  throw new SourceFailure('CONFIG', `${start.host} redirects more than ${mostRedirects} times.`);
}

/** Addresses that are written out never come to the resolver and are checked here. */
async function checkUrl(url: URL, resolve: Dial['resolve']): Promise<void> {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new SourceFailure('CONFIG', `Only http and https can be read, not ${url.protocol}`);
  if (url.username || url.password) throw new SourceFailure('CONFIG', 'A user name and password do not belong in the URL.');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host)) await resolve(host);
}

async function fetchOnce(url: URL, init: RequestInit, agent: Agent): Promise<Response> {
  try {
    const response = await undiciFetch(url, { ...(init as unknown as UndiciRequestInit), redirect: 'manual', dispatcher: agent });
    return response as unknown as Response;
  } catch (error) {
    init.signal?.throwIfAborted();
    throw networkFailure(error, url.host);
  }
}

/** @see RFC 9110 section 15.4 for what becomes of the method */
function redirected(init: RequestInit, status: number, from: URL, to: URL): RequestInit {
  const method = (init.method ?? 'GET').toUpperCase();
  const becomesGet = (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST');
  if (!becomesGet && init.body instanceof ReadableStream)
    throw new SourceFailure('CONFIG', `${from.host} redirects an upload, which cannot be sent twice.`);
  const headers = new Headers(init.headers);
  for (const name of [...headers.keys()]) {
    if (from.origin !== to.origin && !harmlessHeaders.has(name)) headers.delete(name);
    if (becomesGet && name.startsWith('content-')) headers.delete(name);
  }
  const { body, ...rest } = init;
  return { ...rest, headers, ...(becomesGet ? { method: 'GET' } : body === undefined ? {} : { body }) };
}
