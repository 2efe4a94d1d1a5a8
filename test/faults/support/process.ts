import { readFileSync } from 'node:fs';
import type { Gateway } from '../../support/gateway.ts';
import { hold } from './violation.ts';

/** The most memory that a process ever had, in MiB. Linux only. */
export function peakMemory({ pid }: Pick<Gateway, 'pid'>): number {
  const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kibibytes) / 1024);
}

/** Nothing was thrown that nobody caught, and nothing that nobody expected. @throws Violation */
export function holdQuiet({ output }: Pick<Gateway, 'output'>): void {
  const loud = output()
    .split('\n')
    .find((line) => /"level":[56]0|[Uu]ncaught|[Uu]nhandled|MaxListenersExceeded/.test(line));
  hold('alive', loud === undefined, `the gateway says: ${loud}`);
}
