/** How often it looks, ms. */
const tickMs = 900;
/** So many looks later work that goes on has hung: 4.5 s. */
const patience = 5;

/**
 * A transaction was held open for too long, and everybody else who writes had to wait: something in it waits for the network, or for another
 * transaction, which waits for this one. Nothing of it is stored. `cause` says where it was begun.
 */
export class TransactionTimeoutError extends Error {
  constructor(cause: Error) {
    super(`A write transaction was given up after ${(tickMs * patience) / 1000} s: nothing in one may wait for anything but its own statements.`, {
      cause,
    });
    this.name = 'TransactionTimeoutError';
  }
}

/**
 * Waits for the work, but not for ever.
 * @param begunBy made where the transaction was begun: when the work hangs, its stack is all there is to find it by
 * @throws TransactionTimeoutError
 */
export async function withinTime<Result>(work: () => Promise<Result>, begunBy: Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    let looks = 0;
    // Counted, not measured: a process that was frozen, or had no time for us, has not hung for as long.
    timer = setInterval(() => {
      looks += 1;
      if (looks >= patience) reject(new TransactionTimeoutError(begunBy));
    }, tickMs);
  });
  try {
    return await Promise.race([work(), hung]);
  } finally {
    clearInterval(timer);
  }
}
