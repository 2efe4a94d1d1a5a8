import { SourceFailure } from '../connector/failures.ts';

/**
 * Iterates, but leaves as soon as the signal says so, even when `next()` hangs: a connector that ignores its signal cannot hold the worker.
 * The iterator is asked to return and given no time to.
 * @param idleMs the longest wait for one item; for ever when left out
 * @throws the signal's reason, SourceFailure TIMEOUT when nothing came for `idleMs`
 */
export async function* stopEarly<Item>(items: AsyncIterable<Item>, signal: AbortSignal, idleMs?: number): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  // Not a race against one promise of the abort: that would hold on to every message until the end, for each race hangs itself on it.
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  // One timer for all items: one each would cost more than the items.
  let waitsSince: number | undefined;
  const watchIdle = (longestMs: number) => () => {
    if (waitsSince !== undefined && performance.now() - waitsSince >= longestMs) interrupt?.(fellSilent(longestMs));
  };
  const idle = idleMs === undefined ? undefined : setInterval(watchIdle(idleMs), idleMs / 4);
  let done = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      waitsSince = performance.now();
      const result = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      waitsSince = undefined;
      if (result.done) {
        done = true;
        // A connector that answers its signal by ending has not read to the end.
        signal.throwIfAborted();
        return;
      }
      yield result.value;
    }
  } finally {
    clearInterval(idle);
    signal.removeEventListener('abort', onAbort);
    // What the connector says on its way out interests nobody any more.
    if (!done) void iterator.return?.().catch(() => {});
  }
}

function fellSilent(idleMs: number): SourceFailure {
  return new SourceFailure('TIMEOUT', `The source sent nothing for ${idleMs / 1000} seconds.`);
}
