import type { Dial } from '../../connector/dial.ts';
import { SourceFailure } from '../../connector/failures.ts';
import { networkFailure } from '../../connector/network-failure.ts';
import type { OpenedFile } from './opened-file.ts';

export type HttpCredentials = { readonly username: string; readonly password: string } | { readonly token: string } | Record<never, never>;

/**
 * Requests a file. The dialer sends the credentials to the URL's own origin only.
 * @throws SourceFailure AUTH, CONFIG, RATE_LIMIT, UNAVAILABLE or TIMEOUT by what the server answers
 */
export async function openHttp(url: string, credentials: HttpCredentials, dial: Dial, signal: AbortSignal): Promise<OpenedFile> {
  const authorization = authorizationOf(credentials);
  const response = await orAborted(dial.fetch(url, { headers: { accept: '*/*', ...(authorization ? { authorization } : {}) }, signal }), signal);
  const { host, pathname } = new URL(url);
  if (!response.ok) {
    discard(response.body);
    throw statusFailure(response.status, host);
  }
  const size = response.headers.get('content-length');
  return {
    fileName: fileNameOf(pathname) || host,
    version: {
      modifiedAt: response.headers.get('last-modified'),
      sizeBytes: size === null ? null : Number(size),
      etag: response.headers.get('etag'),
    },
    contentType: response.headers.get('content-type'),
    bytes: chunksOf(response, host, signal),
    // A body that was read is locked: ending the reading has cancelled it.
    close: async () => (response.body?.locked ? undefined : discard(response.body)),
  };
}

async function* chunksOf(response: Response, host: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    const failure = networkFailure(error, host);
    throw failure.type === 'UNAVAILABLE' ? new SourceFailure('TRANSIENT', `${host} broke off in the middle of the file.`, { cause: error }) : failure;
  } finally {
    discard(reader);
  }
}

/** Not awaited, and what goes wrong is of no interest: nobody wants the rest. */
function discard(body: { cancel(): Promise<void> } | null): void {
  body?.cancel().catch(() => {});
}

/** Rejects as soon as the signal aborts, whether or not the promise heeds it. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  // Whoever loses the race rejects later, when nobody listens any more.
  promise.catch(() => {});
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function authorizationOf(credentials: HttpCredentials): string | undefined {
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  if ('username' in credentials) return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  return undefined;
}

function statusFailure(status: number, host: string): SourceFailure {
  const answer = `${host} answered with status ${status}`;
  if (status === 401 || status === 403 || status === 407) return new SourceFailure('AUTH', `${host} refused access (status ${status}).`);
  if (status === 404 || status === 410) return new SourceFailure('CONFIG', `${host} has no such file (status ${status}).`);
  if (status === 429) return new SourceFailure('RATE_LIMIT', `${host} asks for fewer requests (status 429).`);
  if (status === 408 || status === 504) return new SourceFailure('TIMEOUT', `${answer}: it took too long.`);
  return status >= 500 ? new SourceFailure('UNAVAILABLE', `${answer}.`) : new SourceFailure('CONFIG', `${answer}.`);
}

function fileNameOf(pathname: string): string {
  const last = pathname.split('/').findLast((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
