import type { JsonObject } from '../../connector/connector.ts';
import { quote } from '../../connector/encode.ts';
import { keepsDigits } from '../../connector/json-text.ts';

/** What the cells of a column are, as far as its first cells tell. */
export type ColumnType = 'integer' | 'number' | 'boolean' | 'string';

const integerText = /^-?(?:0|[1-9]\d*)$/;
const numberText = /^-?(?:0|[1-9]\d*)?(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;
const booleanText = /^(?:true|false|True|False|TRUE|FALSE)$/;
const dateText = /^\d{4}-\d\d-\d\d$/;
const dateTimeText = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * A cell as JSON text. One that does not fit its column stays a string: nothing is lost, and nothing is refused.
 * @param cell `null` is an empty cell; `''` one that was quoted, which is empty text in a column of text and nothing elsewhere
 */
export function cellToJson(cell: string | null, type: ColumnType): string {
  if (cell === null) return 'null';
  switch (type) {
    case 'string':
      return quote(cell);
    case 'integer':
      return isInteger(cell) ? cell : cell === '' ? 'null' : quote(cell);
    case 'number':
      return numberToJson(cell) ?? (cell === '' ? 'null' : quote(cell));
    case 'boolean':
      return booleanText.test(cell) ? cell.toLowerCase() : cell === '' ? 'null' : quote(cell);
  }
}

/** Whether the text is an integer that a number holds exactly and prints the same. */
function isInteger(cell: string): boolean {
  if (cell.length > 17 || !integerText.test(cell) || cell === '-0') return false;
  return cell.length < 16 || Number.isSafeInteger(Number(cell));
}

/** The text as a JSON number, `null` when it is none or has more digits than a number holds exactly. */
function numberToJson(cell: string): string | null {
  if (cell.length > 24 || !numberText.test(cell)) return null;
  const point = cell.charCodeAt(0) === 45 ? 1 : 0;
  const first = cell.charCodeAt(point);
  const json = first === 46 ? `${cell.slice(0, point)}0${cell.slice(point)}` : cell;
  if (first !== 46 && (first < 48 || first > 57 || Number.isNaN(first))) return null;
  return cell.length <= 15 || keepsDigits(cell) ? json : null;
}

/** The narrowest type that every cell of the sample fits; text when there is none to tell by. */
export function columnTypeOf(cells: readonly string[]): ColumnType {
  if (cells.length === 0) return 'string';
  if (cells.every((cell) => isInteger(cell))) return 'integer';
  if (cells.every((cell) => isInteger(cell) || numberToJson(cell) !== null)) return 'number';
  if (cells.every((cell) => booleanText.test(cell))) return 'boolean';
  return 'string';
}

/** The JSON Schema of a column; always with null, for any cell may be empty later. */
export function columnSchema(type: ColumnType, cells: readonly string[]): JsonObject {
  if (type !== 'string' || cells.length === 0) return { type: [type, 'null'] };
  if (cells.every((cell) => dateText.test(cell))) return { type: ['string', 'null'], format: 'date' };
  if (cells.every((cell) => dateTimeText.test(cell))) return { type: ['string', 'null'], format: 'date-time' };
  return { type: ['string', 'null'] };
}
