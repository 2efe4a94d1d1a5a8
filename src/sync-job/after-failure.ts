import type { FailureType } from '../connector/failures.ts';
import type { Ending } from './finish.ts';
import type { SyncJob, SyncJobFailure } from './sync-job.entity.ts';

/** What may pass by itself. The rest needs a person: another configuration, other credentials, or us. */
const passing: ReadonlySet<FailureType> = new Set(['TRANSIENT', 'UNAVAILABLE', 'TIMEOUT', 'RATE_LIMIT']);
const longestBackoffMs = 30 * 60 * 1000;
/** A source may ask for more; it is then asked again in between. */
const longestRateLimitMs = 24 * 60 * 60 * 1000;

interface RetryOptions {
  readonly retryBaseMs: number;
  /** What the source itself asked for. */
  readonly retryAfterMs?: number | undefined;
}

/** What becomes of a job whose attempt broke off: it waits and tries again, or has failed when that has not helped for too long. */
export function afterFailure(job: SyncJob, failure: SyncJobFailure, { retryBaseMs, retryAfterMs }: RetryOptions): Ending {
  const fruitlessAttempts = job.fruitlessAttempts + 1;
  const reason = failure.message;
  if (!passing.has(failure.type) || fruitlessAttempts >= job.maxAttempts) return { to: 'FAILED', reason, set: { failure, fruitlessAttempts } };
  const waitMs =
    retryAfterMs === undefined ? backoffMs(fruitlessAttempts, retryBaseMs) : Math.min(Math.max(retryAfterMs, retryBaseMs), longestRateLimitMs);
  const waitReason = failure.type === 'RATE_LIMIT' ? 'SOURCE_RATE_LIMIT' : 'RETRY_BACKOFF';
  return { to: 'WAITING', reason, set: { failure, fruitlessAttempts, waitReason, resumeAt: new Date(Date.now() + waitMs) } };
}

/** Doubles from one attempt to the next, and is spread so that what broke off together does not come back together. */
export function backoffMs(fruitlessAttempts: number, baseMs: number, random = Math.random()): number {
  const full = Math.min(baseMs * 2 ** (fruitlessAttempts - 1), longestBackoffMs);
  return Math.round(full * (0.5 + random / 2));
}
