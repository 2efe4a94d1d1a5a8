import type { SyncMode } from '../../connector/connector.ts';
import type { RecordCounters, StreamToWrite } from '../store.ts';
import type { RecordFile } from './file.ts';

export interface StreamRow {
  readonly id: number;
  readonly namespace: string | null;
  readonly name: string;
  readonly visible: number | null;
  readonly building: number | null;
  readonly complete: 0 | 1;
  /** JSON of `RecordCounters`, of the writer's job. */
  readonly counters: string;
  /** The same at the last STATE. */
  readonly state_counters: string;
}

export interface GenerationRow {
  readonly id: number;
  readonly definition: string;
  readonly sync_mode: SyncMode;
  readonly key_parts: number;
  readonly state: string | null;
  readonly state_row: number;
  readonly last_row: number;
  readonly record_count: number;
  readonly matched: number;
}

export const zeroCounters: RecordCounters = { read: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, rejected: 0, bytesRead: 0 };

export const parseCounters = (json: string) => JSON.parse(json) as RecordCounters;

export const isFullRefresh = (mode: SyncMode) => mode === 'FULL_REFRESH_OVERWRITE' || mode === 'FULL_REFRESH_APPEND';

export const isAppend = (stream: StreamToWrite) =>
  stream.syncMode === 'FULL_REFRESH_APPEND' || stream.syncMode === 'INCREMENTAL_APPEND' || stream.primaryKey.length === 0;

/** What a generation must be like to take a stream's records: `append`, `overwrite` (no key, replaced as a whole) or the paths of the key. */
export function definitionOf(stream: StreamToWrite): string {
  if (!isAppend(stream)) return JSON.stringify(stream.primaryKey);
  return stream.syncMode === 'FULL_REFRESH_OVERWRITE' ? 'overwrite' : 'append';
}

const columns = 'id, namespace, name, visible, building, complete, counters, state_counters';

export function streamsOf(file: RecordFile, sourceConnectionId: string): StreamRow[] {
  return file.statement<StreamRow>(`select ${columns} from stream where source_connection_id = ?`).all(sourceConnectionId);
}

export function streamById(file: RecordFile, id: number): StreamRow {
  const row = file.statement<StreamRow>(`select ${columns} from stream where id = ?`).get(id);
  if (!row) throw new Error(`stream ${id} is gone`);
  return row;
}

export function generationById(file: RecordFile, id: number): GenerationRow {
  const row = file.statement<GenerationRow>('select * from generation where id = ?').get(id);
  if (!row) throw new Error(`generation ${id} is gone`);
  return row;
}
