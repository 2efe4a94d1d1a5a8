import { type EntitySchema, type InferEntity, types, UnderscoreNamingStrategy } from '@mikro-orm/core';
import type { Kysely } from 'kysely';

type RawRow = Record<string, unknown>;

/**
 * Column names as Kysely sees them. The rows are typed by `RowReader`, which knows the entity. Only what plugins see: no word that takes them
 * away, and none that runs text.
 */
// biome-ignore lint/suspicious/noExplicitAny: one type for all tables; RowReader gives rows their type back
export type Db = Pick<Kysely<any>, 'selectFrom' | 'insertInto' | 'updateTable' | 'deleteFrom'>;

/**
 * Reads rows of an entity's table as plain objects, without making entities: ten times faster on lists, and nothing to go stale.
 * `toRow` turns what the driver gives (JSON text, integer dates, 0 and 1) into what the entity's properties say.
 */
export interface RowReader<Row> {
  readonly table: string;
  toRow(raw: RawRow): Row;
  /**
   * A row that is only read and sent: what was JSON is frozen and shared with other rows, and its properties are decoded when they are read.
   * They are not its own, so spreading it gives nothing.
   */
  toSharedRow(raw: RawRow): Row;
}

/** A row of an entity's table: its properties as plain data, `null` where nothing is stored. */
// biome-ignore lint/suspicious/noExplicitAny: any entity
export type RowOf<Schema extends EntitySchema<any>> = Plain<InferEntity<Schema>>;
type Plain<Entity> = { -readonly [Key in Extract<keyof Entity, string>]-?: Exclude<Entity[Key], undefined> };

type Decode = (value: unknown) => unknown;

const parsedTexts = new Map<string, unknown>();
const mostParsedTexts = 1000;
const longestKeptText = 1024;

/** The same texts come back in row after row (who asked, no metadata), and parsing them would be most of the work. */
const parseSharedJson: Decode = (text) => {
  if (typeof text !== 'string') return text;
  if (text.length > longestKeptText) return JSON.parse(text);
  const known = parsedTexts.get(text);
  if (known !== undefined) return known;
  const value = JSON.parse(text, (_key, part: unknown) => Object.freeze(part)) as unknown;
  if (parsedTexts.size >= mostParsedTexts) parsedTexts.clear();
  parsedTexts.set(text, value);
  return value;
};
const parseJson: Decode = (value) => (typeof value === 'string' ? JSON.parse(value) : value);
const toDate: Decode = (value) => (typeof value === 'number' || typeof value === 'string' ? new Date(value) : value);
const toBoolean: Decode = (value) => (typeof value === 'number' ? value !== 0 : value);
const decoders = new Map<unknown, Decode>([
  [types.json, parseJson],
  [types.datetime, toDate],
  [types.boolean, toBoolean],
]);

const naming = new UnderscoreNamingStrategy();

// biome-ignore lint/suspicious/noExplicitAny: any entity
export function rowReader<Schema extends EntitySchema<any>>(schema: Schema): RowReader<RowOf<Schema>> {
  const plan = Object.entries(schema.meta.properties as Record<string, { type?: unknown; fieldName?: string }>).map(
    ([property, { type, fieldName }]) => ({
      property,
      column: fieldName ?? naming.propertyToColumnName(property),
      decode: decoders.get(type),
    }),
  );
  const toRow = (raw: RawRow) => {
    const row: RawRow = {};
    for (const { property, column, decode } of plan) {
      const value = raw[column];
      row[property] = decode && value !== null ? decode(value) : value;
    }
    return row as RowOf<Schema>;
  };
  const SharedRow = sharedRowOf(plan.map((column) => (column.decode === parseJson ? { ...column, decode: parseSharedJson } : column)));
  return { table: schema.meta.tableName, toRow, toSharedRow: (raw) => new SharedRow(raw) as unknown as RowOf<Schema> };
}

interface Column {
  readonly property: string;
  readonly column: string;
  readonly decode: Decode | undefined;
}

const columnsOf = Symbol('columns');

/** A class whose properties are decoded when they are read: of the columns of a list few are asked for. */
function sharedRowOf(columns: readonly Column[]) {
  class SharedRow {
    readonly [columnsOf]: RawRow;
    constructor(raw: RawRow) {
      this[columnsOf] = raw;
    }
  }
  for (const { property, column, decode } of columns) {
    const get = decode
      ? function (this: SharedRow) {
          const value = this[columnsOf][column];
          return value === null ? null : decode(value);
        }
      : function (this: SharedRow) {
          return this[columnsOf][column];
        };
    Object.defineProperty(SharedRow.prototype, property, { get });
  }
  return SharedRow;
}

/** The rows with these ids that the caller may see, in no particular order: what a loader batches. */
export async function loadOwn<Row>({ db }: { readonly db: Db }, { table, toSharedRow }: RowReader<Row>, ids: readonly string[]): Promise<Row[]> {
  const rows = await db
    .selectFrom(table)
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
  return rows.map(toSharedRow);
}
