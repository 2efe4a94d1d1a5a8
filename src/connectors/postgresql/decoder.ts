import { isAscii } from 'node:buffer';
import type { EncodedRecord } from '../../connector/messages.ts';
import type { Column } from './catalog.ts';
import { copyNull, unescapeCopy } from './copy-text.ts';
import { type Encode, encoderOf, type Output, reserve, write } from './encoders.ts';

const newline = 10;
const startBytes = 256 * 1024;
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
  lastLine: Buffer;
}

export function emptyBatch(): Batch {
  return { records: [], bytes: 0, rejected: 0, lastLine: Buffer.alloc(0) };
}

export interface Decoder {
  /** Takes the next piece of COPY's output. Only when `fill` has used up the last one. */
  feed(chunk: Buffer): void;
  /** Moves whole records into the batch; true when it is full and there are more of them, false when more must be fed. */
  fill(batch: Batch): boolean;
}

/** Makes records of COPY's text format, without ever taking the values apart: JSON is put together from the columns' own bytes. */
export function createDecoder({ columns, selected, key }: DecodedColumns): Decoder {
  const encoders = columns.map(encoderOf);
  const prefixes = columns.map(({ name }, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  const hasAsciiNames = prefixes.every((prefix) => isAscii(prefix));
  const overhead = prefixes.reduce((sum, prefix) => sum + prefix.length + 8, 16);
  const keyPlaces = columns.map((_, index) => key?.indexOf(index) ?? -1);
  const out: Output = { bytes: Buffer.allocUnsafeSlow(startBytes), length: 0, overhead };

  let pending: Buffer[] = [];
  let input: Buffer = Buffer.alloc(0);
  let at = 0;
  let encoding: 'latin1' | 'utf8' = 'latin1';

  function feed(chunk: Buffer): void {
    // A line end inside a value is escaped, so each one found is the end of a record.
    const end = chunk.lastIndexOf(newline) + 1;
    if (end === 0) {
      pending.push(chunk);
      return;
    }
    input = pending.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...pending, chunk.subarray(0, end)]);
    pending = end === chunk.length ? [] : [chunk.subarray(end)];
    at = 0;
    encoding = hasAsciiNames && isAscii(input) ? 'latin1' : 'utf8';
  }

  function fill(batch: Batch): boolean {
    const keys: (string[] | null)[] = [];
    const ends: number[] = [];
    out.length = 0;
    let start = at;
    while (at < input.length && batch.records.length + keys.length + batch.rejected < mostRecords && batch.bytes + out.length < mostBytes) {
      const rowEnd = input.indexOf(newline, at);
      const before = out.length;
      start = at;
      const values = encodeRow(rowEnd);
      at = rowEnd + 1;
      if (values === undefined) {
        batch.rejected++;
        out.length = before;
        continue;
      }
      keys.push(values);
      ends.push(out.length);
    }
    if (at > start) batch.lastLine = input.subarray(start, at - 1);
    addTo(batch, keys, ends);
    return at < input.length;
  }

  /** @returns the key; `undefined` when a field of it is NULL */
  function encodeRow(rowEnd: number): string[] | null | undefined {
    reserve(out, 2 * (rowEnd - at) + overhead);
    const values: string[] | null = key && new Array<string>(key.length).fill('');
    let isWhole = true;
    let from = at;
    for (let index = 0; index < columns.length; index++) {
      const restart = out.length;
      if (index < selected) write(out, prefixes[index] as Buffer);
      const valueStart = out.length;
      from = (encoders[index] as Encode)(input, from, rowEnd, out) + 1;
      const place = keyPlaces[index] as number;
      if (values && place >= 0) {
        const value = out.bytes.toString(encoding, valueStart, out.length);
        if (value === 'null') isWhole = false;
        values[place] = keyText(value);
      }
      if (index >= selected) out.length = restart;
    }
    if (selected === 0) out.bytes[out.length++] = 123;
    out.bytes[out.length++] = 125;
    return isWhole ? values : undefined;
  }

  function addTo(batch: Batch, keys: readonly (string[] | null)[], ends: readonly number[]): void {
    // In plain ASCII a byte is a character, and one string serves all records of the chunk.
    const text = encoding === 'latin1' ? out.bytes.toString('latin1', 0, out.length) : undefined;
    let start = 0;
    for (let index = 0; index < ends.length; index++) {
      const end = ends[index] as number;
      batch.records.push({ key: keys[index] ?? null, json: text?.slice(start, end) ?? out.bytes.toString('utf8', start, end) });
      start = end;
    }
    batch.bytes += out.length;
    if (out.bytes.length > mostBytes * 4) out.bytes = Buffer.allocUnsafeSlow(startBytes);
  }

  return { feed, fill };
}

/** What the data says, as text. */
function keyText(json: string): string {
  if (json.charCodeAt(0) !== 34) return json;
  return json.includes('\\') ? (JSON.parse(json) as string) : json.slice(1, -1);
}

/** The values of some columns of a line that COPY wrote, as PostgreSQL reads them back; `null` is NULL. */
export function valuesAt(line: Buffer, indices: readonly number[]): (string | null)[] {
  const raws = line.toString().split('\t');
  return indices.map((index) => {
    const raw = raws[index];
    return raw === undefined || raw === copyNull ? null : unescapeCopy(raw);
  });
}
