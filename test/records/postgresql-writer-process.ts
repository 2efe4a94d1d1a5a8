import { createPostgresRecordStore } from '../../src/records/postgresql.ts';
import { batchOf, jobOf, streamOf } from '../support/record-store-data.ts';
import { page, pages, sourceModes } from './sqlite-source.ts';

/** A worker for tests: syncs the test source into the schema it is given, one checkpoint a page, and says so after each. */
const store = createPostgresRecordStore({ database: {}, schema: process.argv[2] ?? '', mostSharedRecords: 4_000, role: 'worker' });
const streams = sourceModes.map(([name, over]) => streamOf({ name, ...over }));
const writer = await store.openWriter(jobOf('job', streams));
const left = writer.progress.streams.map(({ complete, state }) => (complete ? pages : Number(state?.['page'] ?? 0)));
for (let at = 0; at < pages; at += 1) {
  const batches = streams.flatMap((stream, index) => {
    const next = left[index] ?? 0;
    if (next >= pages) return [];
    left[index] = next + 1;
    const state = next % 3 === 2 ? { state: { page: next + 1 } } : {};
    return [batchOf(stream, page(stream, next), { ...state, complete: next === pages - 1 })];
  });
  if (batches.length > 0) await writer.checkpoint(batches);
  process.stdout.write(`${at}\n`);
}
await writer.close();
await store.close();
