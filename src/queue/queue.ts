/** Wakes whoever runs sync jobs: one may be taken up. */
export const claimableTopic = 'sync-jobs-claimable';

/** Why a job's work is broken off from outside. */
export type Interrupt = 'cancelled' | 'paused';

/**
 * Hints about sync jobs to whoever runs them. The rows are the truth: a lost hint only waits for the next tick or heartbeat, a doubled one finds
 * nothing to do.
 */
export interface Queue {
  /** A job is PENDING, or WAITING and due. */
  enqueue(syncJobId: string): void;
  /** A job is CANCELLING: stop its work. Or it is to pause: have its worker let go of it. */
  interrupt(syncJobId: string, reason: Interrupt): void;
  /** Registers the one consumer of this process. */
  work(start: (syncJobId: string) => void): void;
  /** @returns what ends it: call it when the job's work is over */
  onInterrupt(syncJobId: string, interrupt: (reason: Interrupt) => void): () => void;
}
