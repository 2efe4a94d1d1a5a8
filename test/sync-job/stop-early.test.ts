import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { stopEarly } from '../../src/sync-job/stop-early.ts';

const collect = async (items: AsyncIterable<number>, signal: AbortSignal, onItem: (item: number) => void = () => {}) => {
  const seen: number[] = [];
  for await (const item of stopEarly(items, signal)) {
    seen.push(item);
    onItem(item);
  }
  return seen;
};
const reason = new Error('let go');

test('everything is passed on when nobody says stop', async () => {
  async function* items() {
    yield* [1, 2, 3];
  }
  expect(await collect(items(), new AbortController().signal)).toEqual([1, 2, 3]);
});

test('it leaves at once while the next item never comes', async () => {
  const controller = new AbortController();
  async function* items() {
    yield 1;
    await new Promise(() => {});
  }
  setTimeout(() => controller.abort(reason), 50);
  await expect(collect(items(), controller.signal)).rejects.toBe(reason);
});

test('a source that falls silent is given up, one that is slow is not', async () => {
  const signal = new AbortController().signal;
  async function* items(waitMs: number) {
    for (let item = 0; item < 4; item++) {
      await sleep(waitMs);
      yield item;
    }
    if (waitMs > 50) await new Promise(() => {});
  }
  const seen: number[] = [];
  const silent = async () => {
    for await (const item of stopEarly(items(100), signal, 2_000)) seen.push(item);
  };
  await expect(silent()).rejects.toMatchObject({ name: 'SourceFailure', type: 'TIMEOUT', message: 'The source sent nothing for 2 seconds.' });
  expect(seen).toEqual([0, 1, 2, 3]);
});

test('one that ends because it was told to has not come to its end', async () => {
  const controller = new AbortController();
  async function* items() {
    for (let item = 0; ; item++) {
      if (controller.signal.aborted) return;
      yield item;
    }
  }
  await expect(collect(items(), controller.signal, (item) => item === 3 && controller.abort(reason))).rejects.toBe(reason);
  const another = new AbortController();
  async function* quick() {
    yield 1;
    another.abort(reason);
  }
  await expect(collect(quick(), another.signal)).rejects.toBe(reason);
});

test('the source is asked to clean up, and what it throws then hurts nobody', async () => {
  const controller = new AbortController();
  let cleanedUp = false;
  async function* items() {
    try {
      for (let item = 0; ; item++) yield item;
    } finally {
      cleanedUp = true;
      // biome-ignore lint/correctness/noUnsafeFinally: a source that behaves badly
      throw new Error('cannot clean up');
    }
  }
  await expect(collect(items(), controller.signal, () => controller.abort(reason))).rejects.toBe(reason);
  await sleep(10);
  expect(cleanedUp).toBe(true);
});

test('a failure of the source is passed on, and the signal keeps no listener', async () => {
  const failure = new Error('broken');
  // biome-ignore lint/correctness/useYield: it fails before it has anything
  async function* items(): AsyncGenerator<number> {
    throw failure;
  }
  const controller = new AbortController();
  await expect(collect(items(), controller.signal)).rejects.toBe(failure);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});
