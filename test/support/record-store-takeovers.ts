import { expect } from 'vitest';
import type { RecordStore, StreamToWrite } from '../../src/records/store.ts';
import { batchOf, jobOf, jsonOf, record, runJob } from './record-store-data.ts';

/** One job of five checkpoints over what an earlier job left, its workers dying after every possible pair of them. */
export async function expectTakeoversHarmless(
  { store, reader }: { store: RecordStore; reader: RecordStore },
  template: StreamToWrite,
): Promise<void> {
  const points = [0, 1, 2, 3, 4, 5];
  for (const [first, second] of points.flatMap((a) => points.map((b) => [a, b] as const))) {
    const stream = { ...template, name: `s ${first} ${second}` };
    const old = ['1', '2', '3', '50', '51'].map((id) => record(stream, id, id === '50' ? 'gone' : 'same'));
    await runJob(store, jobOf(`before ${stream.name}`, [stream]), () => old, { state: { page: 0 } });
    const pages = [0, 1, 2, 3, 4].map((page) => [0, 1, 2].map((at) => record(stream, `${page * 3 + at}`, 'same')));
    const input = jobOf(`job ${stream.name}`, [stream]);
    let progress = (await store.openWriter(input)).progress;
    for (const stopAfter of [first, second, 99]) {
      const writer = await store.openWriter(input);
      progress = writer.progress;
      const from = Number(progress.streams[0]?.state?.['page'] ?? 0);
      for (let page = from; page < Math.min(5, from + stopAfter) && !progress.streams[0]?.complete; page += 1) {
        const state = page === 1 || page === 3 ? { state: { page: page + 1 } } : {};
        progress = await writer.checkpoint([batchOf(stream, pages[page] ?? [], { ...state, rejected: 1, complete: page === 4 })]);
      }
    }
    const fresh = pages.flat();
    const isOverwrite = template.syncMode === 'FULL_REFRESH_OVERWRITE';
    const merged = stream.primaryKey.length > 0 && template.syncMode === 'INCREMENTAL_DEDUPED';
    const ids = new Set(fresh.map((each) => each.json));
    const expected = isOverwrite ? fresh : [...old.filter((each) => !merged || !ids.has(each.json)), ...fresh];
    expect((await jsonOf(reader, { stream })).sort()).toEqual(expected.map((each) => each.json).sort());
    const { read, inserted, updated, unchanged, deleted, rejected } = progress.counters;
    expect({ rejected, recordCount: progress.streams[0]?.recordCount, growth: inserted - deleted, read }).toEqual({
      rejected: 5,
      recordCount: expected.length,
      growth: expected.length - old.length,
      read: inserted + updated + unchanged,
    });
    if (stream.primaryKey.length === 0) expect(read).toBe(15);
  }
}
