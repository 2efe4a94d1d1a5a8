/** What a client pushes, to be pulled. `return()` leaves. */
export function asIterable<Item>(
  subscribe: (next: (item: Item) => void, fail: (error: unknown) => void) => () => void,
): AsyncIterableIterator<Item, undefined> {
  const items: Item[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  const leave = subscribe(
    (item) => {
      items.push(item);
      wake();
    },
    (error) => {
      failure = { error };
      wake();
    },
  );
  return {
    async next() {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) return { done: false, value: item };
        if (failure) throw failure.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
