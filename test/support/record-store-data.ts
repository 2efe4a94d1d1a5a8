import type { EncodedRecord } from '../../src/connector/messages.ts';
import type {
  OpenWriter,
  Progress,
  RecordFilter,
  RecordStore,
  RecordWriter,
  StoredRecord,
  StreamBatch,
  StreamToWrite,
} from '../../src/records/store.ts';

export const collection = { id: 'col_1', number: 7 };

/** A keyed stream in the mode that needs least words. */
export function streamOf(over: Partial<StreamToWrite> = {}): StreamToWrite {
  return { name: 'orders', namespace: null, syncMode: 'INCREMENTAL_DEDUPED', primaryKey: [['id']], ...over };
}

export function jobOf(jobId: string, streams: readonly StreamToWrite[], over: Partial<OpenWriter> = {}): OpenWriter {
  return { collection, sourceConnectionId: 'connection-1', jobId, streams, mode: 'INCREMENTAL', ...over };
}

export function record(stream: StreamToWrite, id: string, value: number | string = 0): EncodedRecord {
  return { key: stream.primaryKey.length === 0 ? null : [id], json: JSON.stringify({ id, value }) };
}

export function batchOf(stream: StreamToWrite, records: readonly EncodedRecord[], over: Partial<StreamBatch> = {}): StreamBatch {
  return { stream, records, rejected: 0, complete: false, ...over };
}

/** A whole job of one checkpoint. */
export async function runJob(
  store: RecordStore,
  input: OpenWriter,
  records: (stream: StreamToWrite) => EncodedRecord[],
  over: Partial<StreamBatch> = {},
): Promise<Progress> {
  const writer: RecordWriter = await store.openWriter(input);
  const progress = await writer.checkpoint(input.streams.map((stream) => batchOf(stream, records(stream), { complete: true, ...over })));
  await writer.close();
  return progress;
}

/** Everything readers see, page by page, in ascending order whatever the direction. */
export async function readAll(reader: RecordStore, filter: RecordFilter = {}, limit = 3, backwards = false): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (;;) {
    const edge = backwards ? all[0] : all.at(-1);
    const bound = edge === undefined ? {} : backwards ? { before: edge } : { after: edge };
    const page = await reader.page({ collection, filter, limit, backwards, ...bound });
    if (page.length === 0) return all;
    if (backwards) all.unshift(...page);
    else all.push(...page);
  }
}

export async function jsonOf(reader: RecordStore, filter: RecordFilter = {}): Promise<string[]> {
  return (await readAll(reader, filter, 50)).map((each) => each.json);
}
