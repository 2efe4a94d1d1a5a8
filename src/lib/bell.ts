export interface Bell {
  /** Wakes whoever waits; when nobody does, the next one does not wait at all. */
  ring(): void;
  /** Resolves at the next ring, or after so long. */
  heard(withinMs: number): Promise<void>;
}

/** Tells one waiter that something may have changed. However often it rang meanwhile, it is heard once. */
export function createBell(): Bell {
  let rung = false;
  let wake = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async heard(withinMs) {
      if (!rung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, withinMs);
        wake = resolve;
        await promise;
        clearTimeout(timer);
        wake = () => {};
      }
      rung = false;
    },
  };
}
