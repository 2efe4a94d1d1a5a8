import type { Interrupt, Queue } from './queue.ts';

/** The embedded queue: a function call. Hints given before a consumer registers are lost, which the rows make good. */
export function createInProcessQueue(): Queue {
  const running = new Map<string, (reason: Interrupt) => void>();
  let start: ((syncJobId: string) => void) | undefined;
  return {
    enqueue: (syncJobId) => start?.(syncJobId),
    interrupt: (syncJobId, reason) => running.get(syncJobId)?.(reason),
    work(registered) {
      start = registered;
    },
    onInterrupt(syncJobId, interrupt) {
      running.set(syncJobId, interrupt);
      return () => void running.delete(syncJobId);
    },
  };
}
