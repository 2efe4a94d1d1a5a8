import type { RecordFilter, RecordPage, RecordPosition, StoredRecord } from '../store.ts';
import type { RecordDatabase, Transaction } from './database.ts';
import { hasCode, undefinedTable } from './failure.ts';
import { decodeKey } from './key.ts';
import { type Place, placeOfRecords } from './schema.ts';

interface VisibleRow {
  readonly id: number;
  readonly serial: number;
  readonly own_table: boolean;
  readonly record_count: number;
  readonly source_connection_id: string;
  readonly namespace: string | null;
  readonly name: string;
}

interface RecordRow {
  readonly arm: number;
  readonly row: string;
  readonly key: Buffer | null;
  readonly key_text: string | null;
  readonly synced_at: string;
  readonly data: string;
}

const attempts = 5;

/** A table may be dropped between the look at which there are and the look into it: what replaced it is seen by the next attempt. */
export async function readingRecords<Result>(database: RecordDatabase, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.reading(work);
    } catch (error) {
      if (attempt === attempts || !hasCode(error, undefinedTable)) throw error;
    }
  }
}

/** Two statements whatever the page: which generations it touches, and their rows. */
export async function readPage(tx: Transaction, page: RecordPage): Promise<StoredRecord[]> {
  const start = page.backwards ? page.before : page.after;
  const end = page.backwards ? page.after : page.before;
  const generations = await visibleGenerations(tx, page, start);
  const records = await readRows(tx, generations, page, start);
  const within = end ? records.filter((record) => isBefore(record, end, page.backwards)) : records;
  return page.backwards ? within.toReversed() : within;
}

export async function readRecord(tx: Transaction, collectionId: string, position: RecordPosition): Promise<StoredRecord | undefined> {
  const [generation] = await tx.rows<VisibleRow>(`${visible(tx)} where s.collection_id = $1 and s.visible = $2`, [collectionId, position.generation]);
  if (!generation) return undefined;
  const place = placeOfRecords(tx.schema, generation);
  const [row] = await tx.rows<RecordRow>(`select 0 as arm, ${columns(place)} from ${place.table} r where ${place.rowsOf('r')}r.row = $1`, [
    position.row,
  ]);
  return row && toRecord(generation, row);
}

const columns = ({ readKey }: Place) => `r.row, ${readKey('r.key')} as key, r.key_text, r.synced_at, r.data`;

const visible = (tx: Transaction) => `select g.id::float8 as id, g.serial::float8 as serial, g.own_table, g.record_count::float8 as record_count,
  s.source_connection_id, s.namespace, s.name
  from ${tx.schema}.stream s join ${tx.schema}.generation g on g.collection_id = s.collection_id and g.id = s.visible`;

/** As many as fill the page: each has a record at least, but the first one may have none beyond the start. */
async function visibleGenerations(tx: Transaction, page: RecordPage, start: RecordPosition | undefined): Promise<VisibleRow[]> {
  const { values, where } = condition(page.filter, [page.collection.id, start?.generation ?? (page.backwards ? Number.MAX_SAFE_INTEGER : 0)]);
  const [compare, order] = page.backwards ? ['<=', 'desc'] : ['>=', 'asc'];
  const found = await tx.rows<VisibleRow>(
    `${visible(tx)} where s.collection_id = $1 and s.visible ${compare} $2 and g.record_count > 0${where}
     order by s.visible ${order} limit ${Number(page.limit) + 1}`,
    values,
  );
  let records = 0;
  const needed = found.findIndex(({ id, record_count }) => {
    if (id !== start?.generation) records += record_count;
    return records >= page.limit;
  });
  return needed === -1 ? found : found.slice(0, needed + 1);
}

function condition({ sourceConnectionId, stream }: RecordFilter, first: unknown[]): { values: unknown[]; where: string } {
  const values = [...first];
  let where = '';
  const and = (column: string, value: unknown) => {
    where += ` and s.${column} is not distinct from $${values.push(value)}`;
  };
  if (sourceConnectionId !== undefined) where += ` and s.source_connection_id = $${values.push(sourceConnectionId)}`;
  if (stream) where += ` and s.name = $${values.push(stream.name)}`;
  if (stream?.namespace !== undefined) and('namespace', stream.namespace);
  return { values, where };
}

async function readRows(
  tx: Transaction,
  generations: readonly VisibleRow[],
  { backwards, limit }: RecordPage,
  start: RecordPosition | undefined,
): Promise<StoredRecord[]> {
  if (generations.length === 0) return [];
  const [compare, order] = backwards ? ['<', 'desc'] : ['>', 'asc'];
  const values: unknown[] = [];
  let left = limit;
  const arms = generations.map((generation, arm) => {
    const place = placeOfRecords(tx.schema, generation);
    const from = start?.generation === generation.id ? `r.row ${compare} $${values.push(start.row)}` : 'true';
    const sql = `(select ${arm} as arm, ${columns(place)} from ${place.table} r where ${place.rowsOf('r')}${from} order by r.row ${order} limit ${Number(left)})`;
    if (start?.generation !== generation.id) left -= generation.record_count;
    return sql;
  });
  const rows = await tx.rows<RecordRow>(arms.join(' union all '), values);
  const sign = backwards ? -1 : 1;
  const sorted = rows.toSorted((a, b) => a.arm - b.arm || sign * (Number(a.row) - Number(b.row)));
  return sorted.slice(0, limit).map((row) => toRecord(generations[row.arm] as VisibleRow, row));
}

function isBefore(record: RecordPosition, end: RecordPosition, backwards: boolean): boolean {
  const difference = record.generation - end.generation || record.row - end.row;
  return backwards ? difference > 0 : difference < 0;
}

function toRecord(generation: VisibleRow, row: RecordRow): StoredRecord {
  return {
    generation: generation.id,
    row: Number(row.row),
    sourceConnectionId: generation.source_connection_id,
    namespace: generation.namespace,
    name: generation.name,
    primaryKeyValues: decodeKey(row.key, row.key_text),
    json: row.data,
    syncedAt: new Date(Number(row.synced_at)),
  };
}
