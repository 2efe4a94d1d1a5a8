/** After the first failure, in milliseconds; doubles with each that follows. */
const firstDelayMs = 250;
/** What lasted as long was not a failure of the same kind. */
const heldMs = 10_000;

export interface Backoff {
  /** Begins a try. */
  begin(): void;
  /** A try has brought something: the next failure is a first one. */
  succeed(): void;
  /** How long to wait after a failure, in milliseconds: between half of the delay and all of it, so that many clients do not come back at once. */
  nextDelayMs(): number;
}

export function createBackoff(maxDelayMs: number): Backoff {
  let failures = 0;
  let begunAt = 0;
  return {
    begin() {
      begunAt = Date.now();
    },
    succeed() {
      failures = 0;
    },
    nextDelayMs() {
      if (Date.now() - begunAt > heldMs) failures = 0;
      const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** failures);
      failures += 1;
      return delayMs * (0.5 + Math.random() / 2);
    },
  };
}

/** Resolves after the delay or when the signal aborts, whichever comes first. */
export function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
