import { isIP } from 'node:net';
import { Agent, type RequestInit as UndiciRequestInit, fetch as undiciFetch } from 'undici';
import type { Dial } from './dial.ts';
import type { Resolve } from './dialer.ts';
import { SourceFailure } from './failures.ts';
import { reach } from './network-failure.ts';

const mostRedirects = 5;

/** Everything else may carry a credential, under whatever name, and stays with the origin it was meant for. */
const harmlessHeaders = new Set(['accept', 'accept-encoding', 'accept-language', 'content-language', 'content-type', 'range', 'user-agent']);

/** A `fetch` whose every connection goes to an address that `resolve` has let pass. @param isPublic see `reach` */
export function createFetch(resolve: Resolve, isPublic: boolean): Dial['fetch'] {
  // Given to each request, so that neither a global dispatcher nor a proxy of the environment (HTTP_PROXY) takes its place.
  const agent = new Agent({
    allowH2: false,
    headersTimeout: 60_000,
    bodyTimeout: 60_000,
    connect: {
      timeout: 10_000,
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
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
  const fetchOnce = async (url: URL, init: UndiciRequestInit): Promise<Response> => {
    // Addresses that are written out never come to the resolver.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host)) await resolve(host);
    return (await undiciFetch(url, { ...init, redirect: 'manual', dispatcher: agent })) as unknown as Response;
  };
  return async (given, init = {}) => {
    const start = URL.parse(given);
    if (!start) throw new SourceFailure('CONFIG', 'That is not a URL.');
    checkUrl(start, 'Only http and https can be read.');
    let url = start;
    let request: RequestInit = { ...init, headers: headersOf(init) };
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const place = hop === 0 ? url.host : `The place that ${start.host} redirects to`;
      const response = await reach(place, isPublic, init.signal, () => fetchOnce(url, request as unknown as UndiciRequestInit));
      const location = response.headers.get('location');
      if (!location || init.redirect === 'manual' || ![301, 302, 303, 307, 308].includes(response.status)) return response;
      await response.body?.cancel();
      const next = URL.parse(location, url.href);
      if (!next) throw new SourceFailure('CONFIG', `${start.host} redirects to something that is not a URL.`);
      checkUrl(next, `${start.host} redirects to something that is neither http nor https.`);
      if (url.protocol === 'https:' && next.protocol === 'http:')
        throw new SourceFailure('CONFIG', `${start.host} redirects from https to http, where everybody can read along.`);
      request = redirected(request, response.status, url, next);
      url = next;
    }
    throw new SourceFailure('CONFIG', `${start.host} redirects more than ${mostRedirects} times.`);
  };
}

function checkUrl(url: URL, otherScheme: string): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new SourceFailure('CONFIG', otherScheme);
  if (url.username || url.password) throw new SourceFailure('CONFIG', 'A user name and password do not belong in the URL.');
}

/** The error of a header that cannot be sent would show its value, which may be a credential. */
function headersOf(init: RequestInit): Headers {
  try {
    return new Headers(init.headers);
  } catch {
    throw new SourceFailure('CONFIG', 'The credentials hold a character that cannot be sent in a header.');
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
