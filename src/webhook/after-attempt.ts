/** Attempts to deliver one event. */
export const mostAttempts = 5;
/** Events given up in a row, of whatever source connections, until the webhook is disabled. */
export const givenUpUntilDisabled = 5;
const factor = 8;
/** A receiver that asks for a longer pause is asked again in between. */
const longestRetryAfterMs = 60 * 60 * 1000;

/**
 * How long an event waits after a failed attempt: between half of its step and all of it, so that what failed together does not come back together.
 * @param attempt the number of the one that failed, from 1
 * @param retryAfterMs what the receiver asked for
 */
export function waitMsAfter(attempt: number, baseMs: number, retryAfterMs = 0, random = Math.random()): number {
  const backoffMs = Math.round(baseMs * factor ** (attempt - 1) * (0.5 + random / 2));
  return Math.max(backoffMs, Math.min(retryAfterMs, longestRetryAfterMs));
}
