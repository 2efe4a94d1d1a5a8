import type { JsonObject } from '../../connector/connector.ts';
import { mayHoldLongNumber, quoteLongNumbers } from '../../connector/json-text.ts';
import { printArray } from './array-text.ts';
import type { Column, ColumnType } from './catalog.ts';
import { unescapeCopy } from './copy-text.ts';

/** Makes JSON of the text form of a value. */
type Print = (text: string) => string;

interface ValueType {
  readonly schema: JsonObject;
  readonly print: Print;
  /** Its order is the same for `ORDER BY` and `>=` whatever is installed on the server, so that it can be resumed from. */
  readonly ordered?: true;
  /** A good cursor for people to choose. */
  readonly cursor?: true;
}

const raw: Print = (text) => text;
/** For text that needs no escape. */
const quoted: Print = (text) => `"${text}"`;
const largestSafe = String(Number.MAX_SAFE_INTEGER);

const printBigint: Print = (text) => {
  if (text.length < largestSafe.length) return text;
  const digits = text.startsWith('-') ? text.slice(1) : text;
  return digits.length < largestSafe.length || (digits.length === largestSafe.length && digits <= largestSafe) ? text : `"${text}"`;
};

/** NaN and the infinities have a letter at the end, which no number has. */
const printFloat: Print = (text) => (text.charCodeAt(text.length - 1) > 57 ? `"${text}"` : text);

/** ISO 8601 as far as it goes; infinities and years before Christ stay as PostgreSQL writes them. */
const printTimestamp: Print = (text) => {
  if (text.endsWith('infinity') || text.endsWith('BC')) return `"${text}"`;
  const space = text.charCodeAt(10) === 32 ? 10 : text.indexOf(' ');
  const end = text.endsWith('+00') ? -3 : undefined;
  return `"${text.slice(0, space)}T${text.slice(space + 1, end)}${end ? 'Z' : ''}"`;
};

/** `\x` and hexadecimal digits. */
const printBytes: Print = (text) => `"${Buffer.from(text.slice(2), 'hex').toString('base64')}"`;

/** Raw line ends stand between the tokens only; a record stays on one line. */
const printJson: Print = (text) => {
  const line = text.replace(/[\n\r\t]/g, ' ');
  return mayHoldLongNumber(line) ? quoteLongNumbers(line) : line;
};

const text: ValueType = { schema: { type: 'string' }, print: JSON.stringify };
const orderedText: ValueType = { ...text, ordered: true, cursor: true };
const integer: ValueType = { schema: { type: 'integer' }, print: raw, ordered: true, cursor: true };
const float: ValueType = { schema: { type: ['number', 'string'] }, print: printFloat, ordered: true, cursor: true };
const json: ValueType = { schema: {}, print: printJson };
const string = (format?: string): JsonObject => ({ type: 'string', ...(format ? { format } : {}) });

/** By the oid of the type, which never changes for those that come with PostgreSQL. Everything else is text. */
const types: Record<number, ValueType> = {
  16: { schema: { type: 'boolean' }, print: (value) => (value === 't' ? 'true' : 'false'), ordered: true },
  17: { schema: { type: 'string', contentEncoding: 'base64' }, print: printBytes, ordered: true },
  20: { schema: { type: ['integer', 'string'] }, print: printBigint, ordered: true, cursor: true },
  21: integer,
  23: integer,
  25: orderedText,
  26: integer,
  114: json,
  700: float,
  701: float,
  1042: orderedText,
  1043: orderedText,
  1082: { schema: string('date'), print: quoted, ordered: true, cursor: true },
  1083: { schema: string(), print: quoted, ordered: true },
  1114: { schema: string(), print: printTimestamp, ordered: true, cursor: true },
  1184: { schema: string('date-time'), print: printTimestamp, ordered: true, cursor: true },
  1186: { schema: string('duration'), print: quoted },
  1266: { schema: string(), print: quoted },
  1700: { schema: string(), print: quoted, ordered: true, cursor: true },
  2950: { schema: string('uuid'), print: quoted, ordered: true, cursor: true },
  3802: json,
};

function valueType(type: ColumnType): ValueType {
  return (type.element ? undefined : types[type.oid]) ?? text;
}

export const isOrdered = ({ type }: Column): boolean => valueType(type).ordered === true;
export const isCursor = ({ type }: Column): boolean => valueType(type).cursor === true;
export const isTimestamp = ({ type: { oid } }: Column): boolean => oid === 1114 || oid === 1184;
export const isText = ({ type }: Column): boolean => !type.element && valueType(type).print === JSON.stringify;

/** How the text that COPY wrote for a column becomes JSON, where it is not a matter of copying bytes. */
export function printerOf({ type }: Column): Print {
  const { element } = type;
  const { print } = valueType(type);
  if (!element) return (copied) => print(unescapeCopy(copied));
  const printElement = (types[element.oid] ?? text).print;
  return (copied) => printArray(unescapeCopy(copied), element.delimiter, printElement);
}

/** The JSON Schema of a column's values. */
export function schemaOf({ type, notNull }: Column): JsonObject {
  const schema: JsonObject = type.element ? { type: 'array', items: nullable((types[type.element.oid] ?? text).schema) } : valueType(type).schema;
  return { ...(notNull ? schema : nullable(schema)), 'x-postgresql-type': type.name };
}

function nullable(schema: JsonObject): JsonObject {
  const { type } = schema;
  return type === undefined ? schema : { ...schema, type: [...(Array.isArray(type) ? type : [type]), 'null'] };
}
