import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How many records to generate at once, and the wait before them. */
export interface Pace {
  readonly batchSize: number;
  /** Waits until as many records are due; rejects as soon as the signal aborts. @param emitted records so far */
  wait(emitted: number): Promise<void>;
}

/** @param recordsPerSecond 0 = as fast as it goes */
export function createPace(recordsPerSecond: number, signal: AbortSignal): Pace {
  if (recordsPerSecond === 0) {
    // Without a turn of the event loop nobody could abort a generator that never waits.
    return { batchSize: 1000, wait: () => nextTurn(undefined, { signal }) };
  }
  const startedAt = performance.now();
  return {
    // Five times a second, so that progress is seen.
    batchSize: Math.min(1000, Math.max(1, Math.floor(recordsPerSecond / 5))),
    wait(emitted) {
      const dueAt = startedAt + (emitted / recordsPerSecond) * 1000;
      return sleep(Math.max(0, dueAt - performance.now()), undefined, { signal });
    },
  };
}
