import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { StreamToRead } from '../../src/connector/connector.ts';
import { SourceFailure } from '../../src/connector/failures.ts';
import type { Message } from '../../src/connector/messages.ts';
import { createBatcher } from '../../src/sync-job/batcher.ts';

const streamNamed = (name: string): StreamToRead => ({
  name,
  namespace: null,
  syncMode: 'INCREMENTAL_DEDUPED',
  cursorField: null,
  primaryKey: [['id']],
  selectedFields: null,
  state: null,
});
const [a, b] = [streamNamed('a'), streamNamed('b')];
const records = (stream: StreamToRead, from: number, count: number, width = 1): Message => ({
  type: 'RECORDS',
  stream,
  records: Array.from({ length: count }, (_, index) => ({ key: [String(from + index)], json: `{"id":${from + index},"x":"${'x'.repeat(width)}"}` })),
});
const state = (stream: StreamToRead, at: number): Message => ({ type: 'STATE', stream, state: { at } });
const complete = (stream: StreamToRead): Message => ({ type: 'STREAM_STATUS', stream, status: 'COMPLETE' });
const setUp = () => {
  const rejections: string[] = [];
  const batcher = createBatcher(
    (stream) => stream,
    (stream, reason) => rejections.push(`${stream.name}: ${reason}`),
  );
  return { batcher, rejections, add: (...messages: Message[]) => messages.forEach((message) => void batcher.add(message)) };
};
const shape = (batches: ReturnType<ReturnType<typeof createBatcher>['take']>) =>
  batches.map(({ stream, records: kept, rejected, state: at, complete: isComplete }) => [
    stream.name,
    kept.length,
    rejected,
    at?.['at'] ?? null,
    isComplete,
  ]);

test('records go with the state that covers them, the newest one, and those after it in a batch without', () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 3), state(a, 3), records(a, 3, 2), state(a, 5), records(a, 5, 4));
  expect(shape(batcher.take())).toEqual([
    ['a', 5, 0, 5, false],
    ['a', 4, 0, null, false],
  ]);
  expect(batcher.take()).toEqual([]);
});

test('of several streams each has its own state', () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 2), records(b, 0, 1), state(b, 1), complete(b), records(a, 2, 1), state(a, 3));
  expect(shape(batcher.take())).toEqual([
    ['a', 3, 0, 3, false],
    ['b', 1, 0, 1, true],
  ]);
});

test('when reading breaks off, only what a state covers is taken, and no stream is complete that has more', () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 3), state(a, 3), records(a, 3, 2), records(b, 0, 7));
  expect(shape(batcher.takeCovered())).toEqual([['a', 3, 0, 3, false]]);
  expect(batcher.take()).toEqual([]);
});

test('a stream that ends with records after its last state is complete with the last of them', () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 2), state(a, 2), records(a, 2, 1), complete(a));
  expect(shape(batcher.take())).toEqual([
    ['a', 2, 0, 2, false],
    ['a', 1, 0, null, true],
  ]);
});

test('a stream without any record is complete all the same, told by the source or by us', () => {
  const { batcher, add } = setUp();
  add(complete(a));
  batcher.complete(b);
  expect(shape(batcher.take())).toEqual([
    ['a', 0, 0, null, true],
    ['b', 0, 0, null, true],
  ]);
});

test('what cannot become a record is rejected with its reason, and goes with the state that covers it', () => {
  const { batcher, rejections, add } = setUp();
  add({ type: 'RECORD', stream: a, data: { id: 1 } }, { type: 'RECORD', stream: a, data: { id: null } });
  add({ type: 'REJECTED', stream: a, reason: 'line 3: broken' }, state(a, 3), { type: 'REJECTED', stream: a, reason: 'line 4: broken' });
  expect(rejections).toEqual([expect.stringMatching(/^a: .+/), 'a: line 3: broken', 'a: line 4: broken']);
  expect(shape(batcher.take())).toEqual([
    ['a', 1, 2, 3, false],
    ['a', 0, 1, null, false],
  ]);
});

test('a failed stream is never complete', () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 2), { type: 'STREAM_STATUS', stream: a, status: 'INCOMPLETE', failure: new SourceFailure('CONFIG', 'gone') });
  expect(shape(batcher.take())).toEqual([['a', 2, 0, null, false]]);
});

test('a checkpoint is due at a state once there is enough, and without one when there is far too much', () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 24_999));
  expect(batcher.due).toBe(false);
  add(records(a, 24_999, 1), records(a, 25_000, 10));
  expect(batcher.due).toBe(false);
  add(state(a, 25_010));
  expect(batcher.due).toBe(true);
  batcher.take();
  expect(batcher.due).toBe(false);
  add(records(a, 0, 50_000));
  expect(batcher.due).toBe(true);
  batcher.take();
  add(records(a, 0, 17, 1024 * 1024));
  expect(batcher.due).toBe(true);
});

test('a slow source is checkpointed at a state now and then', async () => {
  const { batcher, add } = setUp();
  add(records(a, 0, 1), state(a, 1));
  await sleep(300);
  expect(batcher.due).toBe(true);
});
