import type { JsonObject } from '../../connector/connector.ts';
import type { Progress, StreamToWrite } from '../store.ts';
import { refKey, total } from '../stream-rules.ts';
import type { StreamRow } from './stream-row.ts';

/** The counters cover all streams of the job, the list those that the writer was opened for. */
export function progressOf(sequence: number, rows: readonly StreamRow[], streams: readonly StreamToWrite[]): Progress {
  const byRef = new Map(rows.map((row) => [refKey(row), row]));
  const progress = streams.map((stream) => {
    const row = byRef.get(refKey(stream));
    if (!row) throw new Error(`stream ${stream.name} is not open`);
    const { state = null } = row.building ?? row.visible ?? {};
    return {
      name: stream.name,
      namespace: stream.namespace,
      recordsRead: row.counters.read,
      bytesRead: row.counters.bytesRead,
      complete: row.complete,
      state: state === null ? null : (JSON.parse(state) as JsonObject),
      recordCount: row.visible?.record_count ?? 0,
    };
  });
  return { sequence, counters: total(rows.map((row) => row.counters)), streams: progress };
}
