import type { Dial } from '../../connector/dial.ts';
import { chunksOf, discard, orAborted, requireOk } from './http-body.ts';
import { openRanges } from './http-ranges.ts';
import type { OpenedFile } from './opened-file.ts';

export type HttpCredentials = { readonly username: string; readonly password: string } | { readonly token: string } | Record<never, never>;

/**
 * Requests a file. The dialer sends the credentials to the URL's own origin only.
 * @throws SourceFailure AUTH, CONFIG, RATE_LIMIT, UNAVAILABLE or TIMEOUT by what the server answers
 */
export async function openHttp(url: string, credentials: HttpCredentials, dial: Dial, signal: AbortSignal): Promise<OpenedFile> {
  const request = (headers: Record<string, string>) => {
    const authorization = authorizationOf(credentials);
    return orAborted(dial.fetch(url, { headers: { accept: '*/*', ...(authorization ? { authorization } : {}), ...headers }, signal }), signal);
  };
  const { host } = new URL(url);
  const response = await request({});
  requireOk(response, host);
  const size = response.headers.get('content-length');
  // A body that was read is locked: ending the reading has cancelled it.
  const close = () => (response.body?.locked ? undefined : discard(response.body));
  return {
    fileName: fileNameOf(url),
    version: {
      modifiedAt: response.headers.get('last-modified'),
      sizeBytes: size === null ? null : Number(size),
      etag: response.headers.get('etag'),
    },
    contentType: response.headers.get('content-type'),
    isDecompressed: response.headers.has('content-encoding'),
    bytes: chunksOf(response, host, signal),
    ranges() {
      close();
      return openRanges(host, response.headers.get('etag'), request, signal);
    },
    close: async () => close(),
  };
}

function authorizationOf(credentials: HttpCredentials): string | undefined {
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  if ('username' in credentials) return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  return undefined;
}

/** The last part of the path, or the host when it has none. */
export function fileNameOf(url: string): string {
  const { pathname, host } = new URL(url);
  const last = pathname.split('/').findLast((part) => part !== '') ?? host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
