import { SourceFailure } from '../../connector/failures.ts';
import { networkFailure } from '../../connector/network-failure.ts';
import { retryAfterMsOf } from '../../connector/retry-after.ts';

/** @throws SourceFailure by the status, when it is not one of success */
export function requireOk(response: Response, host: string): void {
  if (response.ok) return;
  discard(response.body);
  throw statusFailure(response.status, host, retryAfterMsOf(response.headers.get('retry-after')));
}

export async function* chunksOf(response: Response, host: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
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
export function discard(body: { cancel(): Promise<void> } | null): void {
  body?.cancel().catch(() => {});
}

/** Rejects as soon as the signal aborts, whether or not the promise heeds it. */
export async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
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

function statusFailure(status: number, host: string, retryAfterMs: number | undefined): SourceFailure {
  const answer = `${host} answered with status ${status}`;
  if (status === 401 || status === 403 || status === 407) return new SourceFailure('AUTH', `${host} refused access (status ${status}).`);
  if (status === 404 || status === 410) return new SourceFailure('CONFIG', `${host} has no such file (status ${status}).`);
  if (status === 429) return new SourceFailure('RATE_LIMIT', `${host} asks for fewer requests (status 429).`, { retryAfterMs });
  if (status === 408 || status === 504) return new SourceFailure('TIMEOUT', `${answer}: it took too long.`);
  return status >= 500 ? new SourceFailure('UNAVAILABLE', `${answer}.`, { retryAfterMs }) : new SourceFailure('CONFIG', `${answer}.`);
}
