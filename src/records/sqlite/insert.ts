import type { EncodedRecord } from '../../connector/messages.ts';
import type { Changes } from '../stream-rules.ts';
import type { RecordFile } from './file.ts';
import { encodeKey } from './key.ts';
import type { GenerationRow } from './stream-row.ts';

export interface Written extends Changes {
  /** The greatest row number afterwards. */
  readonly lastRow: number;
}

// Many rows a statement, and the rest one by one, so that few statements are prepared whatever the number of records.
const rowsPerStatement = 50;

/** Writes records into a generation, one row each, or one per key. */
export function insertRecords(file: RecordFile, generation: GenerationRow, records: readonly EncodedRecord[], syncedAt: number): Written {
  const write = generation.key_parts > 0 ? upsertChunk : appendChunk;
  const inChunks = records.length - (records.length % rowsPerStatement);
  let changes = 0;
  for (let from = 0; from < inChunks; from += rowsPerStatement) changes += write(file, generation, records, from, rowsPerStatement, syncedAt);
  for (let from = inChunks; from < records.length; from += 1) changes += write(file, generation, records, from, 1, syncedAt);
  if (generation.key_parts === 0) return { inserted: changes, updated: 0, unchanged: 0, lastRow: generation.last_row + changes };
  // Rows of a keyed generation are never deleted one by one, so row numbers have no gaps, and the greatest one counts them.
  const lastRow = file.statement<{ row: number | null }>(`select max(id) as row from record_${generation.id}`).get()?.row ?? 0;
  const inserted = lastRow - generation.last_row;
  return { inserted, updated: changes - inserted, unchanged: records.length - changes, lastRow };
}

type WriteChunk = (file: RecordFile, generation: GenerationRow, records: readonly EncodedRecord[], from: number, count: number, at: number) => number;

const upsertChunk: WriteChunk = (file, generation, records, from, count, syncedAt) => {
  const values: unknown[] = [];
  const texts: (string | null)[] = [];
  let withText = false;
  for (let index = from; index < from + count; index += 1) {
    const record = records[index] as EncodedRecord;
    if (record.key?.length !== generation.key_parts) throw new Error('a record has another number of key values than its stream');
    const key = encodeKey(record.key);
    values.push(key.value, record.json);
    texts.push(key.text);
    withText ||= key.text !== null;
  }
  // Each value bound costs as much as a look into the index: the rare one only where there is one.
  if (withText) for (const [index, text] of texts.entries()) values.splice(index * 3 + 2, 0, text);
  const sql = `insert into record_${generation.id} (synced_at, key, data${withText ? ', key_text' : ''})
    values ${rows(withText ? '(@at, ?, ?, ?)' : '(@at, ?, ?)', count)} on conflict (key) do update
    set data = excluded.data, synced_at = excluded.synced_at where data <> excluded.data`;
  return file.statement(sql).run(values, { at: syncedAt }).changes;
};

const appendChunk: WriteChunk = (file, generation, records, from, count, syncedAt) => {
  const values: unknown[] = [];
  for (let index = from; index < from + count; index += 1) {
    const record = records[index] as EncodedRecord;
    values.push(generation.last_row + index + 1, record.key === null ? null : JSON.stringify(record.key), record.json);
  }
  const sql = `insert into record_${generation.id} (synced_at, id, key_text, data) values ${rows('(@at, ?, ?, ?)', count)}`;
  return file.statement(sql).run(values, { at: syncedAt }).changes;
};

function rows(row: string, count: number): string {
  return new Array(count).fill(row).join(', ');
}
