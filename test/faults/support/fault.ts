import { test } from 'vitest';
import { seeded } from '../../support/seeded.ts';
import { recordResult } from './results.ts';
import { chosenRuns, isLong, suiteSeed } from './settings.ts';
import { type Promised, Violation } from './violation.ts';

/** One run of a fault, with a seed of its own. */
export interface FaultRun {
  readonly seed: number;
  /** A random integer, 0 … `below` - 1, the same ones for the same seed. */
  readonly random: (below: number) => number;
  /** Called when the run is over, however it ends; the last one first. */
  cleanUp(step: () => unknown): void;
  /** Adds to a figure that the table shows: `count('kills')`. */
  count(figure: string, by?: number): void;
}

export interface Fault {
  /** Its number in the table: `F1`. */
  readonly id: string;
  /** What is done to the product, in a few words for the table. */
  readonly what: string;
  /** Which promises a run looks at. */
  readonly promises: readonly Promised[];
  readonly runs: { readonly short: number; readonly long: number };
  /** The longest that one run may take. @default 120,000 */
  readonly runTimeoutMs?: number;
  /** Why it cannot be run on this machine; it is printed and stands in the table. */
  readonly notHere?: string | undefined;
}

/**
 * Runs a fault as often as the version of the suite asks for, and records for each promise how often it was broken. A run breaks a promise by throwing
 * a `Violation`; any other error counts against all promises of the fault. The test fails at the end, with the seed of each run that broke one.
 */
export function fault({ id, what, promises, runs, runTimeoutMs = 120_000, notHere }: Fault, run: (run: FaultRun) => Promise<void>): void {
  const times = chosenRuns ?? (isLong ? runs.long : runs.short);
  const title = `${id}: ${what} (${times} runs from seed ${suiteSeed})`;
  const record = (done: number, failures: readonly Failure[], figures: Record<string, number>) => {
    for (const promise of promises) {
      const violations = failures.filter((failure) => failure.promise === undefined || failure.promise === promise).length;
      recordResult({ fault: id, what, promise, runs: done, violations, seed: suiteSeed, figures, ...(notHere ? { note: notHere } : {}) });
    }
  };
  if (notHere) {
    process.stderr.write(`${id} is NOT run: ${notHere}\n`);
    record(0, [], {});
    test.skip(title);
    return;
  }
  test(title, { timeout: (times + 1) * runTimeoutMs }, async () => {
    const failures: Failure[] = [];
    const figures: Record<string, number> = {};
    for (let number = 0; number < times; number++) {
      const failure = await runOnce(run, suiteSeed + number, runTimeoutMs, figures);
      if (!failure) continue;
      failures.push(failure);
      process.stderr.write(`${id} broke with HEADGATE_FAULT_SEED=${failure.seed} HEADGATE_FAULT_RUNS=1: ${failure.message}\n`);
    }
    record(times, failures, figures);
    if (failures.length > 0) throw new Error(failures.map(({ seed, message }) => `seed ${seed}: ${message}`).join('\n'));
  });
}

interface Failure {
  readonly seed: number;
  readonly promise: Promised | undefined;
  readonly message: string;
}

async function runOnce(
  run: (run: FaultRun) => Promise<void>,
  seed: number,
  timeoutMs: number,
  figures: Record<string, number>,
): Promise<Failure | undefined> {
  const steps: (() => unknown)[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the run took longer than ${timeoutMs} ms`)), timeoutMs);
    });
    const count = (figure: string, by = 1) => {
      figures[figure] = (figures[figure] ?? 0) + by;
    };
    // Spread first: neighbours would begin with nearly the same number.
    await Promise.race([run({ seed, random: seeded(Math.imul(seed, 0x9e3779b1)), cleanUp: (step) => void steps.unshift(step), count }), tooLong]);
    return undefined;
  } catch (error) {
    const promise = error instanceof Violation ? error.promise : undefined;
    return { seed, promise, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    clearTimeout(timer);
    for (const step of steps) await step();
  }
}
