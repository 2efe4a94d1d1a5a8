import { isAscii } from 'node:buffer';
import type { EncodedRecord } from '../../connector/messages.ts';
import type { Column } from './catalog.ts';
import { copyNull, needsJsonEscape, unescapeCopy } from './copy-text.ts';
import { isText, printerOf } from './types.ts';

const mostRecords = 5_000;
const mostBytes = 4 * 1024 * 1024;

export interface DecodedColumns {
  /** In the order of the SELECT list. */
  readonly columns: readonly Column[];
  /** How many of them, from the first, go into the record; the others are only read for key and state. */
  readonly selected: number;
  /** Indices of the key, `null` when the stream has none. */
  readonly key: readonly number[] | null;
}

export interface Batch {
  readonly records: EncodedRecord[];
  bytes: number;
  /** Records without a key although the stream has one. */
  rejected: number;
  /** What COPY wrote for the last record. */
  lastLine: string;
}

export function emptyBatch(): Batch {
  return { records: [], bytes: 0, rejected: 0, lastLine: '' };
}

export interface Decoder {
  /** Takes the next piece of COPY's output. Only when `fill` has used up the last one. */
  feed(chunk: Buffer): void;
  /** Moves whole records into the batch; true when it is full, false when more must be fed. */
  fill(batch: Batch): boolean;
}

/** Makes records of COPY's text format, without ever taking the values apart: JSON is put together from the columns' own text. */
export function createDecoder({ columns, selected, key }: DecodedColumns): Decoder {
  const printers = columns.map(printerOf);
  const areText = columns.map(isText);
  const prefixes = columns.map(({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  const isKey = columns.map((_, index) => key?.includes(index) ?? false);
  const last = Math.max(columns.length - 1, 0);
  const printed = new Array<string>(columns.length).fill('');

  let pending: Buffer[] = [];
  let text = '';
  let at = 0;
  let bytesPerUnit = 1;
  let isTame = false;

  function feed(chunk: Buffer): void {
    // A line end inside a value is escaped, so each one found is the end of a record.
    const end = chunk.lastIndexOf(10) + 1;
    if (end === 0) {
      pending.push(chunk);
      return;
    }
    const whole = pending.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...pending, chunk.subarray(0, end)]);
    pending = end === chunk.length ? [] : [chunk.subarray(end)];
    text = whole.toString(isAscii(whole) ? 'latin1' : 'utf8');
    at = 0;
    bytesPerUnit = whole.length / text.length;
    isTame = !needsJsonEscape.test(text);
  }

  function fill(batch: Batch): boolean {
    while (at < text.length) {
      if (batch.records.length + batch.rejected >= mostRecords || batch.bytes >= mostBytes) return true;
      const start = at;
      const json = decodeLine();
      batch.lastLine = text.slice(start, at - 1);
      const values = key && keyOf(key);
      if (values === undefined) {
        batch.rejected++;
        continue;
      }
      batch.records.push({ key: values, json });
      batch.bytes += json.length * bytesPerUnit;
    }
    return false;
  }

  function decodeLine(): string {
    let json = '';
    for (let index = 0; index < columns.length; index++) {
      const end = index === last ? text.indexOf('\n', at) : text.indexOf('\t', at);
      const raw = text.slice(at, end);
      at = end + 1;
      if (index >= selected && !isKey[index]) continue;
      const value = raw === copyNull ? 'null' : isTame && areText[index] ? `"${raw}"` : (printers[index] as (raw: string) => string)(raw);
      if (isKey[index]) printed[index] = value;
      if (index < selected) json += (prefixes[index] as string) + value;
    }
    if (columns.length === 0) at = text.indexOf('\n', at) + 1;
    return selected === 0 ? '{}' : `${json}}`;
  }

  function keyOf(indices: readonly number[]): string[] | undefined {
    const values: string[] = [];
    for (const index of indices) {
      const value = printed[index] as string;
      if (value === 'null') return undefined;
      values.push(value.charCodeAt(0) !== 34 ? value : value.includes('\\') ? (JSON.parse(value) as string) : value.slice(1, -1));
    }
    return values;
  }

  return { feed, fill };
}

/** The values of some columns of a line that COPY wrote, as PostgreSQL reads them back; `null` is NULL. */
export function valuesAt(line: string, indices: readonly number[]): (string | null)[] {
  const raws = line.split('\t');
  return indices.map((index) => {
    const raw = raws[index];
    return raw === undefined || raw === copyNull ? null : unescapeCopy(raw);
  });
}
