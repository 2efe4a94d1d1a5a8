import type { Database } from 'better-sqlite3';
import { quote } from '../../connector/encode.ts';
import type { EncodedRecord } from '../../connector/messages.ts';
import { type Pass, type Plan, type Query, queryOf } from './plan.ts';
import { mayBeDamaged, printValue, type Row, type SqlValue, type StoredValue, storeValue } from './values.ts';

export const mostRecords = 5_000;
const mostCharacters = 2 * 1024 * 1024;

export interface Batch {
  readonly records: EncodedRecord[];
  /** Records without a key although the stream has one. */
  rejected: number;
  /** All that were taken, the rejected ones included. */
  taken: number;
  lastRow: Row | null;
  /** Nothing is left to be taken. */
  isLast: boolean;
}

export function rowsOf(database: Database, { sql, parameters }: Query): IterableIterator<Row> {
  return database
    .prepare<SqlValue[], Row>(sql)
    .raw(true)
    .safeIntegers(true)
    .iterate(...parameters) as IterableIterator<Row>;
}

/** Makes records of rows, and JSON of their values without going through objects. */
export function createTake({ selected, key }: Plan): (rows: Iterator<Row>) => Batch {
  const prefixes = selected.map((name, index) => `${index === 0 ? '{' : ','}${quote(name)}:`);
  const empty = selected.length === 0 ? '{' : '';

  return (rows) => {
    const batch: Batch = { records: [], rejected: 0, taken: 0, lastRow: null, isLast: false };
    let characters = 0;
    while (batch.taken < mostRecords && characters < mostCharacters) {
      const next = rows.next();
      if (next.done) {
        batch.isLast = true;
        break;
      }
      const row = next.value;
      batch.taken++;
      batch.lastRow = row;
      const keyValues = key?.map((index) => row[index] ?? null) ?? null;
      if (keyValues?.includes(null)) {
        batch.rejected++;
        continue;
      }
      let json = empty;
      for (let index = 0; index < prefixes.length; index++) json += (prefixes[index] as string) + printValue(row[index] ?? null);
      json += '}';
      batch.records.push({ key: keyValues?.map(keyText) ?? null, json });
      characters += json.length;
    }
    return batch;
  };
}

function keyText(value: SqlValue): string {
  return typeof value === 'string' ? value : value instanceof Buffer ? value.toString('base64') : String(value);
}

/**
 * The values that order the last record of a batch. Text that is not UTF-8 is asked for again as bytes: what it was decoded to would be
 * compared as something else. Must run while the rows are still being iterated, for then it sees the same data.
 * @param taken how many records of the pass, from `pass.from`, come before and with it
 */
export function positionOf(database: Database, plan: Plan, pass: Pass, row: Row, taken: number): StoredValue[] {
  const values = pass.order.map(({ index }) => row[index] ?? null);
  if (!values.some(mayBeDamaged)) return values.map((value) => storeValue(value));
  const { sql, parameters } = queryOf(
    plan,
    pass,
    pass.order.map((term) => `CAST(${term.sql} AS BLOB)`),
  );
  const bytes =
    database
      .prepare<SqlValue[], Buffer[]>(`${sql} LIMIT 1 OFFSET ${taken - 1}`)
      .raw(true)
      .get(...parameters) ?? [];
  return values.map((value, index) => storeValue(value, bytes[index]));
}
