import type { FieldPath, JsonObject, StreamToRead } from '../../connector/connector.ts';
import { quote } from '../../connector/encode.ts';
import { SourceFailure } from '../../connector/failures.ts';
import { type ColumnType, cellToJson, columnSchema, columnTypeOf } from './cells.ts';
import { type CsvRow, createCsvCut } from './csv-rows.ts';
import { createSplit, type FormatReader } from './reader.ts';

interface Column {
  readonly name: string;
  readonly index: number;
  /** `"name":` */
  readonly prefix: string;
  readonly type: ColumnType;
  readonly schema: JsonObject;
}

/** CSV or TSV with a header line. The types of columns come from the first rows. */
export function createCsvReader(delimiter: ',' | '\t'): FormatReader {
  const splitRows = createSplit(createCsvCut(delimiter));
  let header: readonly string[] | undefined;
  let columns: readonly Column[] = [];
  let selected: readonly Column[] = [];
  let keyIndexes: readonly number[] | null = null;
  let preparedFor: StreamToRead | undefined;

  function prepare(stream: StreamToRead): void {
    preparedFor = stream;
    const { selectedFields } = stream;
    selected = selectedFields === null ? columns : columns.filter((column) => selectedFields.includes(column.name));
    keyIndexes = stream.primaryKey.length === 0 ? null : stream.primaryKey.map((path) => columnAt(path).index);
  }

  function columnAt(path: FieldPath): Column {
    const column = path.length === 1 ? columns.find(({ name }) => name === path[0]) : undefined;
    if (!column) throw new SourceFailure('CONFIG', `The file has no column "${path.join('.')}".`);
    return column;
  }

  return {
    boundary: 10,
    unit: 'line',

    split(text, last) {
      const rows = splitRows(text, last);
      if (!header) {
        const first = rows.shift();
        if (!first && last) throw new SourceFailure('CONFIG', 'The file is empty; its first line should name the columns.');
        if (!first) return [];
        if (first.broken) throw new SourceFailure('CONFIG', `The header cannot be read: ${first.broken}.`);
        header = uniqueNames(first.cells);
      }
      const width = header.length;
      return rows.map((row) => (row.cells.length === width || row.broken !== null ? row : { ...row, broken: raggedness(row.cells.length, width) }));
    },

    learn(sample) {
      const rows = (sample as readonly CsvRow[]).filter((row) => row.broken === null);
      columns = (header ?? []).map((name, index) => {
        const cells = rows.map((row) => row.cells[index]).filter((cell): cell is string => cell !== null && cell !== '' && cell !== undefined);
        const type = columnTypeOf(cells);
        return { name, index, prefix: `${quote(name)}:`, type, schema: columnSchema(type, cells) };
      });
    },

    schema: () => ({ type: 'object', properties: Object.fromEntries(columns.map(({ name, schema }) => [name, schema])) }),

    encode(stream, item) {
      if (preparedFor !== stream) prepare(stream);
      const { cells } = item as CsvRow;
      let key: string[] | null = null;
      if (keyIndexes) {
        key = [];
        for (const index of keyIndexes) {
          const cell = cells[index];
          if (cell === null || cell === undefined) return { rejected: `field "${columns[index]?.name}" is part of the primary key, but is empty` };
          key.push(cell);
        }
      }
      // Joined, the text stands in one piece; put together with + it would stay a tree of its pieces, several times as large.
      const parts = ['{'];
      for (const { prefix, index, type } of selected) parts.push(parts.length === 1 ? '' : ',', prefix, cellToJson(cells[index] ?? null, type));
      parts.push('}');
      return { key, json: parts.join('') };
    },

    cursorOf(path, item) {
      const { index, type } = columnAt(path);
      const cell = (item as CsvRow).cells[index] ?? null;
      return cell !== null && (type === 'integer' || type === 'number') ? numberOr(cell) : cell;
    },
  };
}

function raggedness(cells: number, columns: number): string {
  return `it has ${cells} ${cells === 1 ? 'cell' : 'cells'}, the header has ${columns}`;
}

function numberOr(cell: string): string | number {
  const value = Number(cell);
  return Number.isNaN(value) ? cell : value;
}

/** Names an empty heading by its place, and numbers the repetition of one. */
function uniqueNames(cells: readonly (string | null)[]): string[] {
  const taken = new Set<string>();
  return cells.map((cell, index) => {
    const wanted = cell?.trim() || `column_${index + 1}`;
    let name = wanted;
    for (let count = 2; taken.has(name) || (name !== wanted && cells.includes(name)); count++) name = `${wanted}_${count}`;
    taken.add(name);
    return name;
  });
}
