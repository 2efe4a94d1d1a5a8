import { readFileSync } from 'node:fs';

/** One line of the table. `ours` and `bare` are what one of them did and the other one needed in the same run, in `unit`. */
export interface Figure {
  readonly what: string;
  readonly unit: 'requests/s' | 'rows/s' | 'ms' | 'MB' | 'µs CPU';
  readonly ours: number;
  /** Absent where there is nothing to compare with. */
  readonly bare?: number;
  /** What is aimed at, in words: nothing fails for it. */
  readonly aim?: string;
}

export interface BenchOptions {
  /** Small sizes: shows that it works, and roughly where it stands. */
  readonly quick: boolean;
  /** With an API key in every request, instead of local auth. */
  readonly keys: boolean;
}

export type Bench = (options: BenchOptions) => Promise<Figure[]>;

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

const ticksPerSecond = 100;

/** CPU time that a process has used with all its threads, where the system tells (Linux): the steadiest figure on a busy machine. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The most memory that a process has held so far. */
export function peakMemoryMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
