import type { EncodedRecord } from '../../connector/messages.ts';
import type { RecordFile } from './file.ts';
import { encodeKey } from './key.ts';
import type { GenerationRow } from './stream-row.ts';

export interface Written {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** The greatest row number afterwards. */
  readonly lastRow: number;
}

const rowsPerStatement = 50;
const valuesPerRow = 4;

/** Writes records into a generation, one row each, or one per key. */
export function insertRecords(file: RecordFile, generation: GenerationRow, records: readonly EncodedRecord[], syncedAt: number): Written {
  return generation.key_parts > 0 ? upsert(file, generation, records, syncedAt) : append(file, generation, records, syncedAt);
}

function upsert(file: RecordFile, generation: GenerationRow, records: readonly EncodedRecord[], syncedAt: number): Written {
  const table = `record_${generation.id}`;
  const changes = runInChunks(
    file,
    records,
    (rows) =>
      `insert into ${table} (key, key_text, synced_at, data) values ${rows} on conflict (key) do update
       set data = excluded.data, synced_at = excluded.synced_at where data <> excluded.data`,
    (record, values, at) => {
      if (record.key?.length !== generation.key_parts) throw new Error('a record has another number of key values than its stream');
      const key = encodeKey(record.key);
      values[at] = key.value;
      values[at + 1] = key.text;
      values[at + 2] = syncedAt;
      values[at + 3] = record.json;
    },
  );
  // Rows of a keyed generation are never deleted one by one, so row numbers have no gaps, and the greatest one counts them.
  const lastRow = file.statement<{ row: number | null }>(`select max(id) as row from ${table}`).get()?.row ?? 0;
  const inserted = lastRow - generation.last_row;
  return { inserted, updated: changes - inserted, unchanged: records.length - changes, lastRow };
}

function append(file: RecordFile, generation: GenerationRow, records: readonly EncodedRecord[], syncedAt: number): Written {
  let lastRow = generation.last_row;
  runInChunks(
    file,
    records,
    (rows) => `insert into record_${generation.id} (id, key_text, synced_at, data) values ${rows}`,
    (record, values, at) => {
      lastRow += 1;
      values[at] = lastRow;
      values[at + 1] = record.key === null ? null : JSON.stringify(record.key);
      values[at + 2] = syncedAt;
      values[at + 3] = record.json;
    },
  );
  return { inserted: records.length, updated: 0, unchanged: 0, lastRow };
}

/** Many rows a statement, and the rest one by one, so that two statements are prepared whatever the length. Returns the number of changed rows. */
function runInChunks(
  file: RecordFile,
  records: readonly EncodedRecord[],
  sql: (rows: string) => string,
  fill: (record: EncodedRecord, values: unknown[], at: number) => void,
): number {
  const many = file.statement(sql(new Array(rowsPerStatement).fill('(?, ?, ?, ?)').join(', ')));
  const single = file.statement(sql('(?, ?, ?, ?)'));
  const values = new Array<unknown>(rowsPerStatement * valuesPerRow);
  const rest = new Array<unknown>(valuesPerRow);
  const inChunks = records.length - (records.length % rowsPerStatement);
  let changes = 0;
  let at = 0;
  for (const [index, record] of records.entries()) {
    if (index >= inChunks) {
      fill(record, rest, 0);
      changes += single.run(rest).changes;
      continue;
    }
    fill(record, values, at);
    at += valuesPerRow;
    if (at === values.length) {
      changes += many.run(values).changes;
      at = 0;
    }
  }
  return changes;
}
