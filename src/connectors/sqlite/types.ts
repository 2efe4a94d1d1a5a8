import type { JsonObject } from '../../connector/connector.ts';
import type { Column } from './catalog.ts';

type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC' | 'ANY';

/** @see "Determination Of Column Affinity" in SQLite's documentation of datatypes */
function affinityOf({ type }: Column): Affinity {
  const declared = type.toUpperCase();
  if (declared.includes('INT')) return 'INTEGER';
  if (/CHAR|CLOB|TEXT/.test(declared)) return 'TEXT';
  if (declared.includes('BLOB')) return 'BLOB';
  if (declared === '' || declared === 'ANY') return 'ANY';
  return /REAL|FLOA|DOUB/.test(declared) ? 'REAL' : 'NUMERIC';
}

/** What the declaration says will be there. SQLite holds nobody to it, so values may be of other types all the same. */
const schemas: Record<Affinity, JsonObject> = {
  INTEGER: { type: ['integer', 'string'] },
  REAL: { type: ['number', 'string'] },
  NUMERIC: { type: ['number', 'string'] },
  TEXT: { type: ['string'] },
  BLOB: { type: ['string'], contentEncoding: 'base64' },
  ANY: {},
};

export function schemaOf(column: Column): JsonObject {
  const schema = schemas[affinityOf(column)];
  const { type } = schema;
  return {
    ...schema,
    ...(Array.isArray(type) ? { type: column.notNull ? type : [...type, 'null'] } : {}),
    ...(column.type === '' ? {} : { 'x-sqlite-type': column.type }),
  };
}

/** Names that say the column is set at each change. An ascending primary key is no cursor: it misses every update. */
const changeColumns = ['updated_at', 'modified_at', 'last_modified'];

export function defaultCursorOf(columns: readonly Column[]): string | null {
  const isFit = (column: Column) => column.notNull && !['BLOB', 'ANY'].includes(affinityOf(column));
  return changeColumns.find((name) => columns.some((column) => column.name === name && isFit(column))) ?? null;
}
