/** What the product promises; docs/reliability.md says each in plain words. */
export const promises = ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'whole', 'secrets', 'alive'] as const;
/**
 * `secrets`: whatever was sealed opens. `alive`: others are served all the while, memory is bounded, nothing is thrown that nobody catches.
 * `whole`: every database passes SQLite's own checks, and what the two stores say of one sync agrees.
 */
export type Promised = (typeof promises)[number];

/** A promise was seen broken. */
export class Violation extends Error {
  readonly promise: Promised;

  constructor(promise: Promised, message: string) {
    super(`${promise}: ${message}`);
    this.name = 'Violation';
    this.promise = promise;
  }
}

/** @throws Violation when it does not hold */
export function hold(promise: Promised, holds: boolean, message: string): asserts holds {
  if (!holds) throw new Violation(promise, message);
}
