import { expect, test } from 'vitest';
import type { SyncMode } from '../../src/connector/connector.ts';
import { syncModes } from '../../src/connector/connector.ts';
import type { OpenWriter, RecordStore, RecordWriter, StreamBatch, StreamToWrite } from '../../src/records/store.ts';
import { collection, readAll, record } from './record-store-data.ts';
import { RecordStoreModel } from './record-store-model.ts';

interface Connection {
  input: OpenWriter;
  writer: RecordWriter;
  countBefore: number;
}

/** The same random jobs, takeovers and checkpoints against a store and against arrays. */
export function randomJobsTest(seed: number, stores: () => { store: RecordStore; reader: RecordStore }): void {
  test(`random jobs, takeovers and checkpoints leave what plain arrays would (seed ${seed})`, async () => {
    const { store, reader } = stores();
    const model = new RecordStoreModel();
    const random = mulberry32(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const pick = <T>(values: readonly T[]) => values[below(values.length)] as T;
    const connections = new Map<string, Connection>();
    let serial = 0;

    const open = async (sourceConnectionId: string, input: OpenWriter) => {
      const isTakeover = connections.get(sourceConnectionId)?.input.jobId === input.jobId;
      const writer = await store.openWriter(input);
      model.open(input);
      const countBefore = isTakeover
        ? (connections.get(sourceConnectionId)?.countBefore ?? 0)
        : sum(writer.progress.streams.map((each) => each.recordCount));
      connections.set(sourceConnectionId, { input, writer, countBefore });
      compareProgress(model, input, writer.progress);
    };

    for (let step = 0; step < 250; step += 1) {
      const id = pick(['left', 'right']);
      const connection = connections.get(id);
      if (!connection || random() < 0.1)
        await open(id, { ...newJob(id, `job ${step}`, pick), mode: random() < 0.2 ? 'FULL_REFRESH' : 'INCREMENTAL' });
      else if (random() < 0.15) await open(id, connection.input);
      else {
        const unfinished = connection.input.streams.filter((stream) => !model.progress(connection.input, stream).complete);
        const batches = unfinished.slice(below(2)).map((stream): StreamBatch => {
          const records = Array.from({ length: below(130) }, () => record(stream, `${below(80)}`, serial++));
          const state = random() < 0.4 ? { state: { after: serial } } : {};
          return { stream, records, rejected: below(2), complete: random() < 0.2, ...state };
        });
        const progress = await connection.writer.checkpoint(batches);
        model.checkpoint(connection.input, batches);
        compareProgress(model, connection.input, progress);
        const { read, inserted, updated, unchanged, deleted } = progress.counters;
        expect(inserted + updated + unchanged).toBe(read);
        if (progress.streams.every((each) => each.complete)) {
          expect(inserted - deleted).toBe(sum(progress.streams.map((each) => each.recordCount)) - connection.countBefore);
        }
      }
      const stored = await readAll(reader, { sourceConnectionId: id }, 1 + below(200), random() < 0.5);
      expect(stored.map((each) => each.json)).toEqual(model.visible(id));
      if (step % 50 === 0) await store.sweep(collection, AbortSignal.timeout(60_000));
    }
  });
}

function newJob(sourceConnectionId: string, jobId: string, pick: <T>(values: readonly T[]) => T): Omit<OpenWriter, 'mode'> {
  const streams = ['a', 'b', 'c'].map((name): StreamToWrite => {
    const syncMode: SyncMode = name === 'a' ? 'INCREMENTAL_DEDUPED' : pick(syncModes);
    return { name, namespace: name === 'c' ? 'space' : null, syncMode, primaryKey: name === 'b' ? pick([[], [['id']], [['other']]]) : [['id']] };
  });
  return { collection, sourceConnectionId, jobId, streams };
}

function compareProgress(model: RecordStoreModel, input: OpenWriter, progress: RecordWriter['progress']): void {
  expect(progress.streams.map(({ complete, state, recordCount }) => ({ complete, state, recordCount }))).toEqual(
    input.streams.map((stream) => model.progress(input, stream)),
  );
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

/** A small seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
