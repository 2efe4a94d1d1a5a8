/**
 * Iterates, but leaves as soon as the signal says so, even when `next()` hangs: a connector that ignores its signal cannot hold the worker.
 * The iterator is asked to return and given no time to.
 */
export async function* stopEarly<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  // Not a race against one promise of the abort: that would hold on to every message until the end, for each race hangs itself on it.
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let done = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const result = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (result.done) {
        done = true;
        // A connector that answers its signal by ending has not read to the end.
        signal.throwIfAborted();
        return;
      }
      yield result.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // What the connector says on its way out interests nobody any more.
    if (!done) void iterator.return?.().catch(() => {});
  }
}
