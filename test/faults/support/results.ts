import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Promised } from './violation.ts';

/** One promise under one fault, as it was measured. */
export interface ResultLine {
  readonly fault: string;
  /** What was done to the product. */
  readonly what: string;
  readonly promise: Promised;
  /** How often, each time with another seed; 0 = not run. */
  readonly runs: number;
  readonly violations: number;
  /** The seed of the first run; the others follow it. */
  readonly seed: number;
  /** What there was of in all the runs: `{ kills: 150 }`. */
  readonly figures: Readonly<Record<string, number>>;
  /** Why it was not run, or not as it is meant. */
  readonly note?: string;
}

/** One JSON object a line, of the last run of the suite. */
const resultsFile = new URL('../../../coverage/faults.jsonl', import.meta.url);

export function clearResults(): void {
  mkdirSync(dirname(resultsFile.pathname), { recursive: true });
  rmSync(resultsFile, { force: true });
}

export function recordResult(line: ResultLine): void {
  appendFileSync(resultsFile, `${JSON.stringify(line)}\n`);
}

export function readResults(): ResultLine[] {
  const text = existsSync(resultsFile) ? readFileSync(resultsFile, 'utf8') : '';
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ResultLine);
}
