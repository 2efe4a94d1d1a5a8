import type { SyncMode } from '../connector/connector.ts';
import type { OpenWriter, RecordCounters, StreamBatch, StreamToWrite } from './store.ts';

/** What the rules ask of a generation: the records of a stream from one beginning, with their state. */
interface Generation {
  readonly definition: string;
  readonly sync_mode: SyncMode;
  readonly state: string | null;
  readonly last_row: number;
}

/** What a batch did to a generation. */
export interface Changes {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** How many of the rows that are new to a generation have a namesake in the one it replaces, and how many of those are the same. */
export interface Namesakes {
  readonly matched: number;
  readonly equal: number;
}

export const zeroCounters: RecordCounters = { read: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, rejected: 0, bytesRead: 0 };

export const refKey = (ref: { readonly namespace: string | null; readonly name: string }) => JSON.stringify([ref.namespace, ref.name]);

export const isFullRefresh = (mode: SyncMode) => mode === 'FULL_REFRESH_OVERWRITE' || mode === 'FULL_REFRESH_APPEND';

const isAppend = (stream: StreamToWrite) =>
  stream.syncMode === 'FULL_REFRESH_APPEND' || stream.syncMode === 'INCREMENTAL_APPEND' || stream.primaryKey.length === 0;

/** 0: every record is a row of its own. */
export const keyPartsOf = (stream: StreamToWrite) => (isAppend(stream) ? 0 : stream.primaryKey.length);

/** What a generation must be like to take a stream's records: `append`, `overwrite` (no key, replaced as a whole) or the paths of the key. */
export function definitionOf(stream: StreamToWrite): string {
  if (!isAppend(stream)) return JSON.stringify(stream.primaryKey);
  return stream.syncMode === 'FULL_REFRESH_OVERWRITE' ? 'overwrite' : 'append';
}

/** Whether records go into the generation that readers see (or into the first one), or into one that is built apart, old or new. */
export function placeOf(
  stream: StreamToWrite,
  mode: OpenWriter['mode'],
  visible: Generation | undefined,
  building: Generation | undefined,
): 'IN_PLACE' | 'GO_ON' | 'NEW_GENERATION' {
  const fits = !visible || visible.definition === definitionOf(stream);
  if (mode === 'INCREMENTAL' && stream.syncMode !== 'FULL_REFRESH_OVERWRITE' && fits) return 'IN_PLACE';
  return building && canGoOn(building, stream) ? 'GO_ON' : 'NEW_GENERATION';
}

/** Without a STATE the source is read from the beginning, and what it no longer has must not stay in the new generation. */
function canGoOn(building: Generation, stream: StreamToWrite): boolean {
  return (
    building.sync_mode === stream.syncMode && building.definition === definitionOf(stream) && (building.state !== null || building.last_row === 0)
  );
}

/** What is read again counts again: appended rows beyond the last STATE will be removed, keyed ones come back as unchanged. */
export function rewound(counters: RecordCounters, atState: RecordCounters, stream: StreamToWrite): RecordCounters {
  return isAppend(stream) ? atState : { ...counters, rejected: atState.rejected };
}

export function counted(before: RecordCounters, batch: StreamBatch, changes: Changes, same: Namesakes): RecordCounters {
  let bytes = 0;
  for (const record of batch.records) bytes += Buffer.byteLength(record.json);
  return {
    read: before.read + batch.records.length,
    inserted: before.inserted + changes.inserted - same.matched,
    updated: before.updated + changes.updated + same.matched - same.equal,
    deleted: before.deleted,
    unchanged: before.unchanged + changes.unchanged + same.equal,
    rejected: before.rejected + batch.rejected,
    bytesRead: before.bytesRead + bytes,
  };
}

/** The counters of a job over all its streams. */
export function total(counters: Iterable<RecordCounters>): RecordCounters {
  const sum = { ...zeroCounters };
  for (const each of counters) for (const name of Object.keys(sum) as (keyof RecordCounters)[]) sum[name] += each[name];
  return sum;
}
