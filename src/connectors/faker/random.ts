/**
 * A random 32-bit integer that depends on its three arguments alone, so that any record can be computed without those before it.
 * The finalizer of MurmurHash3 over a mix of them.
 */
function randomAt(seed: number, index: number, lane: number): number {
  let hash =
    Math.imul(seed ^ Math.imul(seed / 0x1_0000_0000, 0x27d4eb2f), 0x9e3779b1) ^ Math.imul(index, 0x85ebca77) ^ Math.imul(lane + 1, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A random integer from 0 up to, not including, `limit`. */
export function integerAt(seed: number, index: number, lane: number, limit: number): number {
  return randomAt(seed, index, lane) % limit;
}

export function pickAt<Item>(seed: number, index: number, lane: number, items: readonly Item[]): Item {
  return items[randomAt(seed, index, lane) % items.length] as Item;
}
