/**
 * Hints about sync jobs to whoever runs them. The rows are the truth: a lost hint only waits for the next tick, a doubled one finds nothing to do.
 */
export interface Queue {
  /** A job is PENDING, or WAITING and due. */
  enqueue(syncJobId: string): void;
  /** A job is CANCELLING: stop its work. */
  cancel(syncJobId: string): void;
  /** A job is to pause: have its worker let go of it. */
  pause(syncJobId: string): void;
  /** Registers the one consumer of this process. */
  work(consumer: QueueConsumer): void;
}

export interface QueueConsumer {
  start(syncJobId: string): void;
  cancel(syncJobId: string): void;
  pause(syncJobId: string): void;
}
