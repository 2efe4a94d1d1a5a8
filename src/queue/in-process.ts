import type { Queue, QueueConsumer } from './queue.ts';

/** The embedded queue: a function call. Hints given before a consumer registers are lost, which the rows make good. */
export function createInProcessQueue(): Queue {
  let consumer: QueueConsumer | undefined;
  return {
    enqueue: (syncJobId) => consumer?.start(syncJobId),
    cancel: (syncJobId) => consumer?.cancel(syncJobId),
    pause: (syncJobId) => consumer?.pause(syncJobId),
    work(registered) {
      consumer = registered;
    },
  };
}
