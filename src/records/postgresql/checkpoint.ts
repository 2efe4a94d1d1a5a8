import type { StreamBatch } from '../store.ts';
import { counted, isFullRefresh } from '../stream-rules.ts';
import type { Transaction } from './database.ts';
import type { GenerationRow, StreamRow } from './stream-row.ts';
import { writeRecords } from './write-records.ts';

/** Writes the records and changes the row; `saveStreams` is the caller's. */
export async function applyBatch(tx: Transaction, stream: StreamRow, batch: StreamBatch, syncedAt: number): Promise<void> {
  const target = stream.building ?? stream.visible;
  if (target === null) throw new Error(`stream ${stream.name} has no generation`);
  if (stream.complete && batch.records.length + batch.rejected > 0)
    throw new Error(`stream ${stream.name} is complete in this job, no records may follow`);
  const replaced = (stream.building && stream.visible) ?? undefined;

  const written = await writeRecords(tx, target, replaced, batch.records, syncedAt);
  target.matched += written.same.matched;
  stream.counters = counted(stream.counters, batch, written, written.same);

  const finishes = batch.complete && !stream.complete;
  if (finishes && replaced) stream.counters.deleted += replaced.record_count - target.matched;
  if (batch.state || batch.complete) stream.stateCounters = stream.counters;
  noteState(target, batch, stream.complete);
  if (!finishes) return;
  stream.complete = true;
  stream.visible = target;
  stream.building = null;
}

function noteState(target: GenerationRow, batch: StreamBatch, wasComplete: boolean): void {
  if (batch.state) target.state = JSON.stringify(batch.state);
  if (batch.state || batch.complete) target.state_row = target.last_row;
  // A full refresh keeps its state for another attempt of the same job only; the next job reads from the beginning.
  if ((batch.complete || wasComplete) && isFullRefresh(target.sync_mode)) target.state = null;
}
