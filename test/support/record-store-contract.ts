import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syncModes } from '../../src/connector/connector.ts';
import type { EncodedRecord } from '../../src/connector/messages.ts';
import { FencedOutError, type RecordStore, type StreamToWrite } from '../../src/records/store.ts';
import { batchOf, collection, jobOf, jsonOf, readAll, record, runJob, streamOf } from './record-store-data.ts';
import { randomJobsTest } from './record-store-random.ts';
import { expectTakeoversHarmless } from './record-store-takeovers.ts';

export interface RecordStores {
  /** Writes. */
  readonly store: RecordStore;
  /** What the gateway has. */
  readonly reader: RecordStore;
  dispose(): Promise<void>;
}

/** What every record store must do. `create` makes an empty one. */
export function recordStoreContract(name: string, create: () => Promise<RecordStores>): void {
  describe(`the record store contract: ${name}`, { timeout: 120_000 }, () => {
    let stores: RecordStores;
    beforeEach(async () => {
      stores = await create();
    });
    afterEach(() => stores.dispose());

    test('a collection nobody has written to has no records', async () => {
      expect(await readAll(stores.reader)).toEqual([]);
      expect(await stores.reader.get(collection, { generation: 1, row: 1 })).toBeUndefined();
      await stores.store.sweep(collection, new AbortController().signal);
    });

    for (const [what, jobId] of [
      ['attempt', 'job'],
      ['job', 'another job'],
    ] as const) {
      test(`a worker that was overtaken by another ${what} writes nothing any more`, async () => {
        const orders = streamOf();
        const old = await stores.store.openWriter(jobOf('job', [orders]));
        await old.checkpoint([batchOf(orders, [record(orders, '1')])]);
        const young = await stores.store.openWriter(jobOf(jobId, [orders]));
        await expect(old.checkpoint([batchOf(orders, [record(orders, '2')], { state: { n: 2 } })])).rejects.toBeInstanceOf(FencedOutError);
        expect(await jsonOf(stores.reader)).toEqual([record(orders, '1').json]);
        const progress = await young.checkpoint([]);
        expect(progress.streams[0]?.state).toBeNull();
        expect(progress.sequence).toBe(what === 'job' ? 1 : 2);
      });
    }

    test('writers of two source connections do not fence each other', async () => {
      const orders = streamOf();
      const one = await stores.store.openWriter(jobOf('job', [orders]));
      const other = await stores.store.openWriter(jobOf('job 2', [orders], { sourceConnectionId: 'connection-2' }));
      await one.checkpoint([batchOf(orders, [record(orders, '1')])]);
      await other.checkpoint([batchOf(orders, [record(orders, '1')])]);
      expect(await readAll(stores.reader)).toHaveLength(2);
      expect(await readAll(stores.reader, { sourceConnectionId: 'connection-2' })).toHaveLength(1);
    });

    for (const syncMode of syncModes) {
      for (const primaryKey of [[['id']], []]) {
        test(`${syncMode} ${primaryKey.length ? 'with' : 'without'} a key holds every record once, wherever workers die`, async () => {
          await expectTakeoversHarmless(stores, streamOf({ syncMode, primaryKey }));
        });
      }
    }

    test('what a failed job appended without a STATE is replaced by the next job, not doubled', async () => {
      const log = streamOf({ syncMode: 'INCREMENTAL_APPEND', primaryKey: [] });
      const writer = await stores.store.openWriter(jobOf('failed', [log]));
      await writer.checkpoint([batchOf(log, [record(log, '1')], { state: { n: 1 } }), batchOf(log, [record(log, '2')])]);
      const next = await stores.store.openWriter(jobOf('next', [log]));
      expect(next.progress.streams[0]).toMatchObject({ state: { n: 1 }, recordCount: 1, recordsRead: 0, complete: false });
      const first = await readAll(stores.reader);
      await next.checkpoint([batchOf(log, [record(log, '2')], { complete: true })]);
      const rows = await readAll(stores.reader);
      expect(rows.map((each) => each.json)).toEqual([record(log, '1').json, record(log, '2').json]);
      expect(rows[0]).toEqual(first[0]);
      expect(rows[1]?.row).toBe(3);
    });

    test('readers see the old generation until the new one is complete', async () => {
      const orders = streamOf({ syncMode: 'FULL_REFRESH_OVERWRITE' });
      await runJob(stores.store, jobOf('first', [orders]), () => ['1', '2', '3', '4'].map((id) => record(orders, id, 'old')));
      const before = await readAll(stores.reader);
      const writer = await stores.store.openWriter(jobOf('second', [orders]));
      const half = await writer.checkpoint([batchOf(orders, [record(orders, '2', 'old'), record(orders, '3', 'new')], { state: { n: 3 } })]);
      expect(await readAll(stores.reader)).toEqual(before);
      expect(half.counters).toMatchObject({ read: 2, inserted: 0, updated: 1, unchanged: 1, deleted: 0 });
      expect(half.streams[0]).toMatchObject({ recordCount: 4, state: { n: 3 } });
      const done = await writer.checkpoint([
        batchOf(orders, [record(orders, '3', 'new'), record(orders, '9', 'new')], { complete: true, rejected: 2 }),
      ]);
      expect(done.counters).toMatchObject({ read: 4, inserted: 1, updated: 1, unchanged: 2, deleted: 2, rejected: 2 });
      expect(done.streams[0]).toMatchObject({ recordCount: 3, state: null, complete: true, recordsRead: 4 });
      expect(await jsonOf(stores.reader)).toEqual(
        [record(orders, '2', 'old'), record(orders, '3', 'new'), record(orders, '9', 'new')].map((each) => each.json),
      );
      expect(await stores.reader.get(collection, before[0] as (typeof before)[0])).toBeUndefined();
    });

    test('a full refresh that never completes loses neither records nor state of an incremental stream', async () => {
      const orders = streamOf();
      await runJob(stores.store, jobOf('first', [orders]), () => [record(orders, '1')], { state: { n: 1 } });
      const refresh = await stores.store.openWriter(jobOf('refresh', [orders], { mode: 'FULL_REFRESH' }));
      expect(refresh.progress.streams[0]).toMatchObject({ state: null, recordCount: 1 });
      await refresh.checkpoint([batchOf(orders, [record(orders, '2')], { state: { n: 7 } })]);
      const overwrite = await stores.store.openWriter(jobOf('overwrite', [streamOf({ syncMode: 'FULL_REFRESH_OVERWRITE' })]));
      expect(overwrite.progress.streams[0]).toMatchObject({ state: null, recordCount: 1 });
      const next = await stores.store.openWriter(jobOf('next', [orders]));
      expect(next.progress.streams[0]).toMatchObject({ state: { n: 1 }, recordCount: 1 });
      expect(await jsonOf(stores.reader)).toEqual([record(orders, '1').json]);
    });

    test('a full refresh without records clears a stream and its state', async () => {
      const orders = streamOf();
      await runJob(stores.store, jobOf('first', [orders]), () => [record(orders, '1'), record(orders, '2')], { state: { n: 1 } });
      const cleared = await runJob(stores.store, jobOf('clear', [orders], { mode: 'FULL_REFRESH' }), () => []);
      expect(cleared.counters).toMatchObject({ read: 0, deleted: 2 });
      expect(cleared.streams[0]).toMatchObject({ recordCount: 0, state: null });
      expect(await readAll(stores.reader)).toEqual([]);
    });

    test('a changed primary key begins a new generation and forgets the state', async () => {
      const orders = streamOf();
      await runJob(stores.store, jobOf('first', [orders]), () => [record(orders, '1')], { state: { n: 1 } });
      const changed = streamOf({ primaryKey: [['id'], ['value']] });
      const writer = await stores.store.openWriter(jobOf('second', [changed]));
      expect(writer.progress.streams[0]).toMatchObject({ state: null, recordCount: 1 });
      const done = await writer.checkpoint([batchOf(changed, [{ key: ['1', 'x'], json: '{}' }], { state: { n: 2 }, complete: true })]);
      expect(done.counters).toMatchObject({ inserted: 1, deleted: 1 });
      expect(done.streams[0]).toMatchObject({ state: { n: 2 }, recordCount: 1 });
      expect((await readAll(stores.reader))[0]?.primaryKeyValues).toEqual(['1', 'x']);
    });

    test('a record keeps its place when it is updated, and its time when it is not', async () => {
      const orders = streamOf();
      await runJob(stores.store, jobOf('first', [orders]), () => [record(orders, '1', 'a'), record(orders, '2', 'a')]);
      const [one, two] = await readAll(stores.reader);
      const { counters } = await runJob(stores.store, jobOf('second', [orders]), () => [
        record(orders, '2', 'b'),
        record(orders, '1', 'a'),
        record(orders, '2', 'c'),
      ]);
      expect(counters).toMatchObject({ read: 3, inserted: 0, updated: 2, unchanged: 1, deleted: 0 });
      const after = await readAll(stores.reader);
      expect(after[0]).toEqual(one);
      expect(after[1]).toMatchObject({ generation: two?.generation, row: two?.row, json: record(orders, '2', 'c').json });
      expect(await stores.reader.get(collection, after[1] as (typeof after)[1])).toEqual(after[1]);
    });

    test('keys that look alike are told apart and come back unchanged', async () => {
      const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
      const long = 'long '.repeat(20);
      const keys = [
        '1',
        '01',
        '1.0',
        '1e0',
        ' 1',
        '-1',
        '0',
        '-0',
        '',
        '9007199254740991',
        '9007199254740992',
        '9007199254740993',
        '-9007199254740993',
        uuid,
      ];
      keys.push(
        uuid.toUpperCase(),
        uuid.replaceAll('-', ''),
        'é',
        'e\u0301',
        'a\0b',
        'a\0c',
        'a',
        '\0',
        '🦆',
        '\ud83e',
        '\ud83d',
        long,
        `${long}!`,
        `["${long}"]`,
        'A',
        'a ',
      );
      const single = streamOf();
      const double = streamOf({ name: 'double', primaryKey: [['a'], ['b']] });
      const pairs = keys.flatMap((a) => [
        [a, 'x'],
        ['x', a],
        [a, a],
      ]);
      const records = (stream: StreamToWrite): EncodedRecord[] =>
        (stream === single ? keys.map((key) => [key]) : pairs).map((key) => ({ key, json: '{"a":"🦆\\u0000é"}' }));
      await runJob(stores.store, jobOf('first', [single, double]), records);
      const again = await runJob(stores.store, jobOf('second', [single, double]), records);
      expect(again.counters).toMatchObject({ inserted: 0, updated: 0, unchanged: keys.length + pairs.length });
      const stored = await readAll(stores.reader, {}, 1_000);
      expect(stored.map((each) => each.primaryKeyValues)).toEqual([...keys.map((key) => [key]), ...pairs]);
      expect(new Set(stored.map((each) => each.json))).toEqual(new Set(['{"a":"🦆\\u0000é"}']));
    });

    test('pages go forwards and backwards over streams and generations, and filter', async () => {
      const streams = [streamOf({ name: 'a' }), streamOf({ name: 'a', namespace: '' }), streamOf({ name: 'b', syncMode: 'FULL_REFRESH_OVERWRITE' })];
      const ids = ['1', '2', '3', '4', '5'];
      for (const job of ['1', '2'])
        await runJob(stores.store, jobOf(job, streams), (stream) => ids.map((id) => record(stream, id, `${stream.namespace}${stream.name}`)));
      const all = await readAll(stores.reader, {}, 100);
      expect(all).toHaveLength(15);
      expect(all).toEqual(all.toSorted((x, y) => x.generation - y.generation || x.row - y.row));
      for (const limit of [1, 2, 4, 5, 14, 15]) {
        expect(await readAll(stores.reader, {}, limit)).toEqual(all);
        expect(await readAll(stores.reader, {}, limit, true)).toEqual(all);
      }
      const between = { after: all[3], before: all[12] } as { after: (typeof all)[0]; before: (typeof all)[0] };
      expect(await stores.reader.page({ collection, filter: {}, limit: 4, backwards: false, ...between })).toEqual(all.slice(4, 8));
      expect(await stores.reader.page({ collection, filter: {}, limit: 4, backwards: true, ...between })).toEqual(all.slice(8, 12));
      expect(await stores.reader.page({ collection, filter: {}, limit: 40, backwards: true, ...between })).toEqual(all.slice(4, 12));
      for (const { name, namespace } of streams) {
        const own = all.filter((each) => each.name === name && each.namespace === namespace);
        expect(own).toHaveLength(5);
        expect(await readAll(stores.reader, { sourceConnectionId: 'connection-1', stream: { name, namespace } }, 2, true)).toEqual(own);
      }
    });

    test('a checkpoint that cannot be written whole is not written at all', async () => {
      const orders = streamOf();
      const writer = await stores.store.openWriter(jobOf('job', [orders]));
      const good = batchOf(orders, [record(orders, '1')], { state: { n: 1 } });
      await expect(writer.checkpoint([good, batchOf(orders, [{ key: null, json: '{}' }])])).rejects.toThrow('key values');
      expect(await readAll(stores.reader)).toEqual([]);
      await writer.checkpoint([{ ...good, complete: true }]);
      await expect(writer.checkpoint([good])).rejects.toThrow('complete');
      expect(await readAll(stores.reader)).toHaveLength(1);
    });

    for (const seed of [1, 2, 3, 4]) randomJobsTest(seed, () => stores);
  });
}
