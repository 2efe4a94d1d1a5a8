import type { RecordFilter, RecordPage, RecordPosition, StoredRecord } from '../store.ts';
import type { RecordFile } from './file.ts';
import { decodeKey } from './key.ts';

interface VisibleRow {
  readonly generation: number;
  readonly key_parts: number;
  readonly source_connection_id: string;
  readonly namespace: string | null;
  readonly name: string;
}

interface RecordRow {
  readonly id: number;
  readonly key: unknown;
  readonly key_text: string | null;
  readonly synced_at: number;
  readonly data: string;
}

type Direction = 'forwards' | 'backwards';
type Visible = (boundary: number, inclusive: boolean, direction: Direction) => VisibleRow | undefined;

/** Walks through the generations that readers see, from where the page begins to as many as fill it. Call in a transaction: one moment for all. */
export function readPage(file: RecordFile, page: RecordPage): StoredRecord[] {
  const direction = page.backwards ? 'backwards' : 'forwards';
  const start = page.backwards ? page.before : page.after;
  const end = page.backwards ? page.after : page.before;
  const next = visibleGenerations(file, page.filter);
  const found: StoredRecord[] = [];
  let visible = next(start?.generation ?? (page.backwards ? Number.MAX_SAFE_INTEGER : 0), true, direction);
  while (visible && found.length < page.limit) {
    const from = start && start.generation === visible.generation ? start.row : undefined;
    for (const row of readRows(file, visible.generation, from, page.limit - found.length, direction)) {
      const record = toRecord(visible, row);
      if (end && !isBefore(record, end, direction)) return inOrder(found, direction);
      found.push(record);
    }
    visible = next(visible.generation, false, direction);
  }
  return inOrder(found, direction);
}

export function readRecord(file: RecordFile, position: RecordPosition): StoredRecord | undefined {
  const visible = visibleGenerations(file, {})(position.generation, true, 'forwards');
  if (visible?.generation !== position.generation) return undefined;
  const row = file.statement<RecordRow>(`select id, key, key_text, synced_at, data from record_${visible.generation} where id = ?`).get(position.row);
  return row && toRecord(visible, row);
}

/** The nearest generation with records, at the boundary or beyond. */
function visibleGenerations(file: RecordFile, filter: RecordFilter): Visible {
  const values: unknown[] = [];
  let where = '';
  if (filter.sourceConnectionId !== undefined) {
    where += ' and s.source_connection_id = ?';
    values.push(filter.sourceConnectionId);
  }
  if (filter.stream) {
    where += ' and s.name = ?';
    values.push(filter.stream.name);
    if (filter.stream.namespace !== undefined) {
      where += ' and s.namespace is ?';
      values.push(filter.stream.namespace);
    }
  }
  return (boundary, inclusive, direction) => {
    const [compare, order] = direction === 'forwards' ? ['>', 'asc'] : ['<', 'desc'];
    const sql = `select s.visible as generation, g.key_parts, s.source_connection_id, s.namespace, s.name
      from stream s indexed by stream_visible cross join generation g on g.id = s.visible
      where s.visible ${compare}${inclusive ? '=' : ''} ? and g.record_count > 0${where} order by s.visible ${order} limit 1`;
    return file.statement<VisibleRow>(sql).get(boundary, ...values);
  };
}

function readRows(file: RecordFile, generation: number, from: number | undefined, limit: number, direction: Direction): RecordRow[] {
  const [compare, order] = direction === 'forwards' ? ['>', 'asc'] : ['<', 'desc'];
  const sql = `select id, key, key_text, synced_at, data from record_${generation} where id ${compare} ? order by id ${order} limit ?`;
  return file.statement<RecordRow>(sql).all(from ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER), limit);
}

function isBefore(record: RecordPosition, end: RecordPosition, direction: Direction): boolean {
  const difference = record.generation - end.generation || record.row - end.row;
  return direction === 'forwards' ? difference < 0 : difference > 0;
}

function inOrder(records: StoredRecord[], direction: Direction): StoredRecord[] {
  return direction === 'forwards' ? records : records.reverse();
}

function toRecord(visible: VisibleRow, row: RecordRow): StoredRecord {
  const hasKey = row.key !== null || row.key_text !== null;
  return {
    generation: visible.generation,
    row: row.id,
    sourceConnectionId: visible.source_connection_id,
    namespace: visible.namespace,
    name: visible.name,
    primaryKeyValues: hasKey ? decodeKey(row.key, row.key_text, visible.key_parts) : [],
    json: row.data,
    syncedAt: new Date(row.synced_at),
  };
}
