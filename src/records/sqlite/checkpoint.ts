import { FencedOutError, type RecordCounters, type StreamBatch } from '../store.ts';
import { counted, isFullRefresh, type Namesakes } from '../stream-rules.ts';
import type { RecordFile } from './file.ts';
import { insertRecords, type Written } from './insert.ts';
import { type GenerationRow, generationById, parseCounters, type StreamRow, streamById } from './stream-row.ts';

export interface Right {
  readonly sourceConnectionId: string;
  readonly jobId: string;
  readonly epoch: number;
}

/** Call first in each transaction. @throws FencedOutError */
export function claimSequence(file: RecordFile, right: Right): void {
  const claimed = file
    .statement('update writer set sequence = sequence + 1 where source_connection_id = ? and job_id = ? and epoch = ?')
    .run(right.sourceConnectionId, right.jobId, right.epoch);
  if (claimed.changes === 0) throw new FencedOutError();
}

export function applyBatch(file: RecordFile, streamId: number, batch: StreamBatch, syncedAt: number): void {
  const stream = streamById(file, streamId);
  const target = stream.building ?? stream.visible;
  if (target === null) throw new Error(`stream ${stream.name} has no generation`);
  if (stream.complete && batch.records.length + batch.rejected > 0)
    throw new Error(`stream ${stream.name} is complete in this job, no records may follow`);
  const before = generationById(file, target);
  const replaced = stream.building !== null && stream.visible !== null ? generationById(file, stream.visible) : undefined;

  const written = insertRecords(file, before, batch.records, syncedAt);
  const same = replaced ? compare(file, before, replaced, written) : { matched: 0, equal: 0 };
  const after = {
    ...before,
    record_count: before.record_count + written.inserted,
    last_row: written.lastRow,
    matched: before.matched + same.matched,
  };
  const counters = counted(parseCounters(stream.counters), batch, written, same);

  const finishes = batch.complete && !stream.complete;
  if (finishes && replaced) counters.deleted += replaced.record_count - after.matched;
  saveGeneration(file, after, batch, stream.complete === 1);
  saveStream(file, stream, counters, batch, finishes);
}

function compare(file: RecordFile, building: GenerationRow, replaced: GenerationRow, written: Written): Namesakes {
  if (building.key_parts === 0 || written.inserted === 0 || replaced.record_count === 0 || replaced.definition !== building.definition)
    return { matched: 0, equal: 0 };
  const sql = `select count(*) as matched, coalesce(sum(o.data = n.data), 0) as equal
    from record_${building.id} n cross join record_${replaced.id} o on o.key = n.key where n.id > ? and n.id <= ?`;
  return file.statement<Namesakes>(sql).get(building.last_row, written.lastRow) ?? { matched: 0, equal: 0 };
}

function saveGeneration(file: RecordFile, after: GenerationRow, batch: StreamBatch, wasComplete: boolean): void {
  let { state, state_row } = after;
  if (batch.state) state = JSON.stringify(batch.state);
  if (batch.state || batch.complete) state_row = after.last_row;
  // A full refresh keeps its state for another attempt of the same job only; the next job reads from the beginning.
  if ((batch.complete || wasComplete) && isFullRefresh(after.sync_mode)) state = null;
  file
    .statement('update generation set state = ?, state_row = ?, last_row = ?, record_count = ?, matched = ? where id = ?')
    .run(state, state_row, after.last_row, after.record_count, after.matched, after.id);
}

function saveStream(file: RecordFile, stream: StreamRow, counters: RecordCounters, batch: StreamBatch, finishes: boolean): void {
  const json = JSON.stringify(counters);
  const atState = batch.state || batch.complete ? json : stream.state_counters;
  file.statement('update stream set counters = ?, state_counters = ? where id = ?').run(json, atState, stream.id);
  if (finishes) file.statement('update stream set complete = 1, visible = coalesce(building, visible), building = null where id = ?').run(stream.id);
}
