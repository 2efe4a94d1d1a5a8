import type { OpenWriter, StreamToWrite } from '../store.ts';
import { definitionOf, isFullRefresh, keyPartsOf, placeOf, refKey, rewound, zeroCounters } from '../stream-rules.ts';
import type { RecordFile } from './file.ts';
import { recordTable } from './schema.ts';
import { type GenerationRow, generationById, parseCounters, type StreamRow, streamById, streamsOf } from './stream-row.ts';

const zero = JSON.stringify(zeroCounters);

/** Takes the right to write: raises the epoch and makes every stream ready for records. Call in a transaction. */
export function openStreams(file: RecordFile, input: OpenWriter): { epoch: number; streamIds: Map<string, number> } {
  const { sourceConnectionId, jobId } = input;
  const former = file
    .statement<{ job_id: string; epoch: number }>('select job_id, epoch from writer where source_connection_id = ?')
    .get(sourceConnectionId);
  const epoch = (former?.epoch ?? 0) + 1;
  if (former?.job_id === jobId) {
    file.statement('update writer set epoch = ? where source_connection_id = ?').run(epoch, sourceConnectionId);
  } else {
    file
      .statement('insert into writer values (?1, ?2, ?3, 0) on conflict do update set job_id = ?2, epoch = ?3, sequence = 0')
      .run({ 1: sourceConnectionId, 2: jobId, 3: epoch });
    for (const row of streamsOf(file, sourceConnectionId)) {
      forgetJob(file, row);
      const stream = input.streams.find((candidate) => refKey(candidate) === refKey(row));
      if (stream?.stateForgotten && row.visible !== null) forgetState(file, row.visible);
    }
  }
  const known = new Map(streamsOf(file, sourceConnectionId).map((row) => [refKey(row), row.id]));
  const streamIds = new Map<string, number>();
  for (const stream of input.streams) {
    const id = known.get(refKey(stream)) ?? insertStream(file, sourceConnectionId, stream);
    streamIds.set(refKey(stream), id);
    openStream(file, streamById(file, id), stream, input.mode);
  }
  return { epoch, streamIds };
}

/** What only the former job needed: its counters, its unfinished generation, and the state of a full refresh. */
function forgetJob(file: RecordFile, row: StreamRow): void {
  file.statement('update stream set building = null, complete = 0, counters = ?, state_counters = ? where id = ?').run(zero, zero, row.id);
  if (row.visible !== null && isFullRefresh(generationById(file, row.visible).sync_mode)) forgetState(file, row.visible);
}

function insertStream(file: RecordFile, sourceConnectionId: string, stream: StreamToWrite): number {
  const sql = 'insert into stream (source_connection_id, namespace, name, counters, state_counters) values (?, ?, ?, ?, ?)';
  return Number(file.statement(sql).run(sourceConnectionId, stream.namespace, stream.name, zero, zero).lastInsertRowid);
}

function openStream(file: RecordFile, row: StreamRow, stream: StreamToWrite, mode: OpenWriter['mode']): void {
  if (row.complete) return;
  const visible = row.visible === null ? undefined : generationById(file, row.visible);
  const building = row.building === null ? undefined : generationById(file, row.building);
  const place = placeOf(stream, mode, visible, building);
  if (place === 'NEW_GENERATION') {
    setGenerations(file, row.id, row.visible, beginGeneration(file, stream));
    file.statement('update stream set counters = ?, state_counters = ? where id = ?').run(zero, zero, row.id);
    return;
  }
  if (place === 'IN_PLACE') {
    if (visible) writeInPlace(file, visible, stream);
    setGenerations(file, row.id, visible?.id ?? beginGeneration(file, stream), null);
  }
  rewindCounters(file, row, stream);
}

function writeInPlace(file: RecordFile, visible: GenerationRow, stream: StreamToWrite): void {
  if (visible.sync_mode === stream.syncMode) return;
  if (isFullRefresh(stream.syncMode)) forgetState(file, visible.id);
  file.statement('update generation set sync_mode = ? where id = ?').run(stream.syncMode, visible.id);
}

function rewindCounters(file: RecordFile, row: StreamRow, stream: StreamToWrite): void {
  const counters = rewound(parseCounters(row.counters), parseCounters(row.state_counters), stream);
  file.statement('update stream set counters = ? where id = ?').run(JSON.stringify(counters), row.id);
}

/** A generation's id is the time it was made, and never comes twice in a collection whatever the clock does. */
function beginGeneration(file: RecordFile, stream: StreamToWrite): number {
  file.statement('update collection set last_generation = max(last_generation + 1, ?)').run(Date.now());
  const id = file.statement<{ last_generation: number }>('select last_generation from collection').get()?.last_generation;
  if (id === undefined) throw new Error('the record file is not complete');
  const keyParts = keyPartsOf(stream);
  file
    .statement('insert into generation (id, definition, sync_mode, key_parts) values (?, ?, ?, ?)')
    .run(id, definitionOf(stream), stream.syncMode, keyParts);
  file.db.exec(recordTable(id, keyParts > 0));
  return id;
}

function setGenerations(file: RecordFile, streamId: number, visible: number | null, building: number | null): void {
  file.statement('update stream set visible = ?, building = ? where id = ?').run(visible, building, streamId);
}

function forgetState(file: RecordFile, generation: number): void {
  file.statement('update generation set state = null where id = ?').run(generation);
}
