import type { JsonObject } from '../../connector/connector.ts';
import type { Progress, RecordCounters, StreamToWrite } from '../store.ts';
import { refKey, total } from '../stream-rules.ts';
import type { RecordFile } from './file.ts';
import { parseCounters } from './stream-row.ts';

interface ProgressRow {
  readonly namespace: string | null;
  readonly name: string;
  readonly complete: 0 | 1;
  readonly counters: string;
  readonly state: string | null;
  readonly record_count: number;
}

/** Reads what is committed. The counters cover all streams of the job, the list those that it was opened for. */
export function readProgress(file: RecordFile, sourceConnectionId: string, streams: readonly StreamToWrite[]): Progress {
  const sequence =
    file.statement<{ sequence: number }>('select sequence from writer where source_connection_id = ?').get(sourceConnectionId)?.sequence ?? 0;
  const rows = file
    .statement<ProgressRow>(
      `select s.namespace, s.name, s.complete, s.counters, w.state, coalesce(v.record_count, 0) as record_count
       from stream s left join generation v on v.id = s.visible left join generation w on w.id = coalesce(s.building, s.visible)
       where s.source_connection_id = ?`,
    )
    .all(sourceConnectionId);
  const byRef = new Map<string, ProgressRow & { parsed: RecordCounters }>();
  for (const row of rows) {
    const parsed = parseCounters(row.counters);
    byRef.set(refKey(row), { ...row, parsed });
  }
  const progress = streams.map((stream) => {
    const row = byRef.get(refKey(stream));
    if (!row) throw new Error(`stream ${stream.name} is not open`);
    return {
      name: stream.name,
      namespace: stream.namespace,
      recordsRead: row.parsed.read,
      bytesRead: row.parsed.bytesRead,
      complete: row.complete === 1,
      state: row.state === null ? null : (JSON.parse(row.state) as JsonObject),
      recordCount: row.record_count,
    };
  });
  return { sequence, counters: total(Array.from(byRef.values(), (row) => row.parsed)), streams: progress };
}
