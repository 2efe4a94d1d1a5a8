import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DecodedArray } from 'hyparquet';
import type { FieldPath, StreamToRead } from '../../connector/connector.ts';
import { quote, type Rejection } from '../../connector/encode.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { EncodedRecord, Message } from '../../connector/messages.ts';
import type { ParquetColumn } from './parquet-columns.ts';
import type { ParquetFile } from './parquet-file.ts';
import { Unprintable } from './parquet-values.ts';
import { advance, type Progress, toState } from './progress.ts';
import type { CursorValue } from './reader.ts';

const mostRecords = 5000;
const mostCharacters = 2 * 1024 * 1024;
const recordsPerState = 10_000;

/** Reads a file as one stream, from where `progress` stands to the end. One row group at a time is in memory. */
export async function* readParquet(stream: StreamToRead, file: ParquetFile, progress: Progress, signal: AbortSignal): AsyncGenerator<Message> {
  const encoder = createEncoder(stream, file, progress);
  let saved = progress.position;
  for (const [index, { start, end }] of file.groups.entries()) {
    if (end <= progress.position) continue;
    const nextRow = createRows(await file.readGroup(index, encoder.columns));
    // Pieces can only be gone through from their beginning.
    for (let row = start; row < progress.position; row++) nextRow();
    while (progress.position < end) {
      signal.throwIfAborted();
      const records: EncodedRecord[] = [];
      let characters = 0;
      while (progress.position < end && records.length < mostRecords && characters < mostCharacters) {
        const record = encoder.encode(nextRow());
        progress.position++;
        if (record === null) continue;
        if ('rejected' in record) {
          yield { type: 'REJECTED', stream, reason: `row ${progress.position}: ${record.rejected}` };
          continue;
        }
        records.push(record);
        characters += record.json.length;
      }
      if (records.length > 0) yield { type: 'RECORDS', stream, records };
      if (progress.position === end || progress.position - saved >= recordsPerState) {
        yield { type: 'STATE', stream, state: toState(progress) };
        saved = progress.position;
      }
      // Unpacking never waits for anything: heartbeats and aborts get their turn here.
      await nextTurn();
    }
  }
  progress.complete = true;
  yield { type: 'STATE', stream, state: toState(progress) };
}

/** Goes through columns row by row. The row is the same array each time. */
function createRows(columns: readonly (readonly DecodedArray[])[]): () => readonly unknown[] {
  const row: unknown[] = columns.map(() => undefined);
  const places = columns.map(() => ({ piece: 0, at: 0 }));
  return () => {
    for (let index = 0; index < columns.length; index++) {
      const pieces = columns[index] as readonly DecodedArray[];
      const place = places[index] as { piece: number; at: number };
      while (place.at >= (pieces[place.piece] as DecodedArray).length) {
        place.piece++;
        place.at = 0;
      }
      row[index] = (pieces[place.piece] as DecodedArray)[place.at++];
    }
    return row;
  };
}

interface Encoder {
  /** What must be read: the selected fields, the key and the cursor. */
  readonly columns: readonly ParquetColumn[];
  /** @returns `null` for a record that came with an earlier reading */
  encode(row: readonly unknown[]): EncodedRecord | Rejection | null;
}

/** @throws SourceFailure CONFIG when the file has no such column as the key or the cursor names */
function createEncoder(stream: StreamToRead, { columns: all }: ParquetFile, progress: Progress | null): Encoder {
  const columnAt = (path: FieldPath): ParquetColumn => {
    const column = path.length === 1 ? all.find(({ name }) => name === path[0]) : undefined;
    if (!column) throw new SourceFailure('CONFIG', `The file has no column "${path.join('.')}".`);
    return column;
  };
  const { selectedFields } = stream;
  const selected = selectedFields === null ? all : all.filter(({ name }) => selectedFields.includes(name));
  const keyColumns = stream.primaryKey.map(columnAt);
  const cursorColumn = progress?.cursorField ? columnAt(progress.cursorField) : null;
  const columns = [...new Set([...selected, ...keyColumns, ...(cursorColumn ? [cursorColumn] : [])])];
  const prefixes = selected.map(({ name }, index) => `${index === 0 ? '' : ','}${quote(name)}:`);
  const keyIndexes = keyColumns.length === 0 ? null : keyColumns.map((column) => columns.indexOf(column));
  const cursorIndex = cursorColumn ? columns.indexOf(cursorColumn) : -1;
  const printed: string[] = columns.map(() => 'null');

  return {
    columns,
    encode(row) {
      for (let index = 0; index < columns.length; index++) {
        const column = columns[index] as ParquetColumn;
        try {
          printed[index] = column.print(row[index]);
        } catch (error) {
          if (error instanceof Unprintable) return { rejected: `field "${column.name}" ${error.message}` };
          throw error;
        }
      }
      if (progress && cursorIndex >= 0 && !advance(progress, cursorValue(printed[cursorIndex] as string))) return null;
      const key: string[] | null = keyIndexes && [];
      for (const index of keyIndexes ?? []) {
        const value = printed[index] as string;
        if (value === 'null') return { rejected: `field "${columns[index]?.name}" is part of the primary key, but is missing or null` };
        key?.push(value.startsWith('"') ? (JSON.parse(value) as string) : value);
      }
      let json = '{';
      for (let index = 0; index < prefixes.length; index++) json += (prefixes[index] as string) + (printed[index] as string);
      return { key, json: `${json}}` };
    },
  };
}

function cursorValue(json: string): CursorValue | null {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
