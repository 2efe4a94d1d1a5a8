import { readdirSync, readFileSync } from 'node:fs';
import { capture } from './run-folder.ts';

/** Keeps what everybody on the machine can see of a running process: its arguments, and the arguments and the environment of its children. Linux only. */
export function captureProcess(pid: number): void {
  capture('argv', readProcess(pid, 'cmdline'));
  for (const child of childrenOf(pid)) {
    capture('argv', readProcess(child, 'cmdline'));
    capture('environ of a child', readProcess(child, 'environ'));
  }
}

/** Ended processes, and other systems, have none. */
function readProcess(pid: number, file: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', '\n')}\n`;
  } catch {
    return '';
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
