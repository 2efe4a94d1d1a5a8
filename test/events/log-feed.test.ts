import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { CursorError } from '../../src/events/log-feed.ts';
import { everything, openLogDatabase, take } from '../support/log-database.ts';

const cursors = (entries: readonly { cursor: number }[]) => entries.map((entry) => entry.cursor);

it('delivers what is committed after the subscription began, and nothing older', async () => {
  const { write, follow } = openLogDatabase();
  write([1, 1, 1]);
  const iterator = await follow(1);
  write([2, 1], { silently: true });
  write([1]);
  expect(cursors(await take(iterator, 2))).toEqual([5, 6]);
});

it('delivers an entry whose hint was lost, when the floor notices the commit of another connection', async () => {
  const { writeFromThread, follow, all } = openLogDatabase({ pollMs: 10 });
  const iterator = await follow(0);
  await writeFromThread({ seed: 1, transactions: 3, jobs: 1, silently: true });
  expect(cursors(await take(iterator, all().length))).toEqual(cursors(all()));
});

it('goes on after a cursor, through history, window and what comes, each entry once', async () => {
  const { write, follow } = openLogDatabase({ windowSize: 10 });
  const keeper = await follow(9);
  write(Array.from({ length: 1000 }, (_, n) => n % 2));
  await take(await follow(1, { after: 990 }), 1);
  const iterator = await follow(1, { after: 300 });
  write([1, 0, 1]);
  const expected = [...Array.from({ length: 350 }, (_, n) => 302 + 2 * n), 1001, 1003];
  expect(cursors(await take(iterator, expected.length))).toEqual(expected);
  await keeper.return?.();
});

it('pages through a long history of which little is accepted', async () => {
  const { write, follow } = openLogDatabase();
  write(Array.from({ length: 1000 }, () => 1));
  const iterator = await follow(1, { after: 0, accepts: (entry) => entry.cursor % 499 === 0 });
  expect(cursors(await take(iterator, 2))).toEqual([499, 998]);
});

it('refuses a cursor newer than the log, and takes the newest', async () => {
  const { write, follow, feed } = openLogDatabase();
  write([1, 1]);
  await expect(follow(1, { after: 3 })).rejects.toBeInstanceOf(CursorError);
  await expect(follow(1, { after: Number.NaN })).rejects.toBeInstanceOf(CursorError);
  expect(feed.subscriberCount()).toBe(0);
  const iterator = await follow(1, { after: 2 });
  write([1]);
  expect(cursors(await take(iterator, 1))).toEqual([3]);
});

it('reads the log once for a wake, however many follow it', async () => {
  const { write, feed, read } = openLogDatabase();
  const iterators = await Promise.all(
    Array.from({ length: 500 }, () => feed.subscribe({ key: everything, backfill: () => Promise.reject(new Error('nobody is behind')) })),
  );
  read.mockClear();
  write([1]);
  const entries = await Promise.all(iterators.map((iterator) => take(iterator, 1)));
  expect(entries.every(([entry]) => entry?.cursor === 1)).toBe(true);
  expect(read).toHaveBeenCalledTimes(1);
});

it('asks only the subscribers of an entry whether they accept it, among 10,000', async () => {
  const { write, follow } = openLogDatabase();
  const accepts = vi.fn(() => true);
  const iterators = await Promise.all(Array.from({ length: 10_000 }, (_, job) => follow(job, { accepts })));
  const waiting = iterators.map((iterator) => iterator.next());
  write([4711]);
  expect(await waiting[4711]).toEqual({ done: false, value: { cursor: 1, job: 4711 } });
  expect(accepts).toHaveBeenCalledTimes(1);
});

it('never reads history for one who waited while the log moved on', async () => {
  const { write, follow } = openLogDatabase({ windowSize: 10 });
  const backfill = vi.fn(async () => []);
  const quiet = await follow(1, { backfill });
  const busy = await follow(2);
  for (let n = 0; n < 100; n += 1) {
    write([2, 2]);
    await take(busy, 2);
  }
  write([1]);
  expect(cursors(await take(quiet, 1))).toEqual([201]);
  expect(backfill).not.toHaveBeenCalled();
});

it('catches up from history when it read too slowly for the window', async () => {
  const { write, follow } = openLogDatabase({ windowSize: 10 });
  const slow = await follow(1);
  const prompt = await follow(1);
  for (let n = 0; n < 50; n += 1) {
    write([1, 1, 1]);
    await take(prompt, 3);
  }
  expect(cursors(await take(slow, 150))).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
});

it('settles a pending next at once on return, throw and abort, and leaves no listener', async () => {
  const { write, follow, feed, read } = openLogDatabase();
  const abort = new AbortController();
  const [returned, thrown, aborted] = await Promise.all([follow(1), follow(1), follow(1, { signal: abort.signal })]);
  const pending = [returned, thrown, aborted].map((iterator) => iterator.next());
  await returned.return?.();
  await expect(thrown.throw?.(new Error('the client broke off'))).rejects.toThrow('the client broke off');
  abort.abort();
  expect(await Promise.all(pending)).toEqual(Array(3).fill({ done: true, value: undefined }));
  expect(feed.subscriberCount()).toBe(0);
  expect(await returned.next()).toEqual({ done: true, value: undefined });
  read.mockClear();
  write([1]);
  await delay(20);
  expect(read).not.toHaveBeenCalled();
});

it('ends at once when the signal was aborted before', async () => {
  const { follow, feed } = openLogDatabase();
  const iterator = await follow(1, { signal: AbortSignal.abort() });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
  expect(feed.subscriberCount()).toBe(0);
});

it('keeps nothing of 10,000 subscriptions that were opened and closed without an event', async () => {
  const { follow, feed, write, read } = openLogDatabase();
  const abort = new AbortController();
  const added = vi.spyOn(abort.signal, 'addEventListener');
  const removed = vi.spyOn(abort.signal, 'removeEventListener');
  for (let round = 0; round < 10; round += 1) {
    const iterators = await Promise.all(Array.from({ length: 1000 }, (_, job) => follow(job, { signal: abort.signal })));
    expect(feed.subscriberCount()).toBe(1000);
    const pending = iterators.map((iterator) => iterator.next());
    await Promise.all(iterators.map((iterator) => iterator.return?.()));
    await Promise.all(pending);
    expect(feed.subscriberCount()).toBe(0);
  }
  expect(added).toHaveBeenCalledTimes(10_000);
  expect(removed).toHaveBeenCalledTimes(10_000);
  write([1]);
  await delay(20);
  expect(read).not.toHaveBeenCalled();
});

it('begins at the head again when the last one left and a new one comes', async () => {
  const { write, follow } = openLogDatabase();
  const first = await follow(1);
  write([1]);
  await take(first, 1);
  await first.return?.();
  write([1, 1]);
  const second = await follow(1);
  write([1]);
  expect(cursors(await take(second, 1))).toEqual([4]);
});

it('tells those who wait that the log cannot be read, and serves the others at the next wake', async () => {
  const { write, follow, feed, read } = openLogDatabase();
  const waits = await follow(1);
  const busy = await follow(1);
  const pending = waits.next();
  read.mockRejectedValueOnce(new Error('the disk is gone'));
  write([1]);
  await expect(pending).rejects.toThrow('the disk is gone');
  expect(await waits.next()).toEqual({ done: true, value: undefined });
  expect(feed.subscriberCount()).toBe(1);
  write([1]);
  expect(cursors(await take(busy, 2))).toEqual([1, 2]);
});

it('tells the one whose history cannot be read, and nobody else', async () => {
  const { write, follow, feed } = openLogDatabase();
  write([1, 1]);
  const broken = await follow(1, { after: 0, backfill: () => Promise.reject(new Error('the disk is gone')) });
  const fine = await follow(1, { after: 0 });
  await expect(broken.next()).rejects.toThrow('the disk is gone');
  expect(cursors(await take(fine, 2))).toEqual([1, 2]);
  expect(feed.subscriberCount()).toBe(1);
});

it('ends every subscription when it closes, those being opened too', async () => {
  const { follow, feed } = openLogDatabase();
  const open = await follow(1);
  const pending = open.next();
  const opening = follow(1);
  feed.close();
  expect(await pending).toEqual({ done: true, value: undefined });
  expect(await (await opening).next()).toEqual({ done: true, value: undefined });
  expect(feed.subscriberCount()).toBe(0);
});

it('answers several calls of next in their order', async () => {
  const { write, follow } = openLogDatabase();
  const iterator = await follow(1);
  const pending = [iterator.next(), iterator.next(), iterator.next()];
  write([1, 2, 1]);
  write([1]);
  expect((await Promise.all(pending)).map(({ value }) => value?.cursor)).toEqual([1, 3, 4]);
});
