import type { ExecutionResult } from 'graphql';

/**
 * Answers each event of a source; one without an answer is left out. `return()` reaches the source at once, also while its `next()` is pending, and settles that
 * `next()`; an answer that was being made then is dropped. An answer that throws closes the source and throws to the reader.
 */
export function answerEvents(
  source: AsyncIterable<unknown>,
  answer: (event: unknown) => Promise<ExecutionResult | undefined>,
  toReaderError: (error: unknown) => unknown,
): AsyncGenerator<ExecutionResult, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
  let closed = false;
  let settlePending: ((result: IteratorReturnResult<undefined>) => void) | undefined;

  function close(): void {
    if (closed) return;
    closed = true;
    settlePending?.(done);
    // Not awaited: a source that hangs while closing must not hold up the client's goodbye.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }

  async function nextEvent(): Promise<IteratorResult<unknown>> {
    // One promise for each event: racing against a single "closed" promise would pile up a reaction for each event on it.
    return new Promise((resolve, reject) => {
      settlePending = resolve;
      iterator.next().then(resolve, reject);
    });
  }

  async function next(): Promise<IteratorResult<ExecutionResult, void>> {
    if (closed) return done;
    try {
      for (;;) {
        const step = await nextEvent();
        if (step.done) {
          closed = true;
          return done;
        }
        const value = await answer(step.value);
        if (closed) return done;
        if (value) return { done: false, value };
      }
    } catch (error) {
      if (closed) return done;
      close();
      throw toReaderError(error);
    }
  }

  return {
    next,
    return: async () => {
      close();
      return done;
    },
    throw: async (error: unknown) => {
      close();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}
