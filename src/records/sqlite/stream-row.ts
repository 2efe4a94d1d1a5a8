import type { SyncMode } from '../../connector/connector.ts';
import type { RecordCounters } from '../store.ts';
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

export const parseCounters = (json: string) => JSON.parse(json) as RecordCounters;

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
