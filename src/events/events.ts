/**
 * Tells watchers that something may have changed. A hint: it carries no data and may be lost or doubled, so whoever is woken reads the
 * database again. What was lost is made up for by the floor that every implementation has: a slow poll that wakes everybody.
 */
export interface Events {
  /** To be called after the commit, never inside the transaction: a watcher that reads too early is not woken again. Never throws. */
  publish(topic: string): void;
  /**
   * Calls `wake` soon after a publish of one of the topics, here or in another thread or process; a burst wakes once.
   * What `wake` throws is reported and hurts nobody else. The function returned unregisters at once.
   */
  watch(topics: readonly string[], wake: () => void): () => void;
  /** Passes on what was published, then forgets every watcher. */
  close(): Promise<void>;
}
