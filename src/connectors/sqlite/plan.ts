import type { FieldPath, StreamToRead } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { Column, Relation } from './catalog.ts';
import { bindable, type SqlValue, type StoredValue } from './values.ts';

/** What records are ordered by. */
export interface Term {
  /** For the state: another name is another order. */
  readonly name: string;
  readonly sql: string;
  /** Its place in the SELECT list. */
  readonly index: number;
}

/** Which columns are read for a stream, and in which order its records can come. */
export interface Plan {
  readonly relation: Relation;
  /** The SELECT list. */
  readonly list: readonly string[];
  /** The names of its first columns, which go into the record; the others are only read for key and state. */
  readonly selected: readonly string[];
  /** Places of the key in the SELECT list, `null` when the stream has none. */
  readonly key: readonly number[] | null;
  /** `null` when the stream is read in full. */
  readonly cursor: (Term & { readonly notNull: boolean }) | null;
  /** Never NULL, and tells all records apart; `[]` when nothing does. */
  readonly unique: readonly Term[];
  /** The row ids are not those of a primary key, so VACUUM may give them anew. */
  readonly usesLooseRowids: boolean;
  /** Selected fields that the relation does not have. */
  readonly missing: readonly string[];
}

/**
 * @param schemaVersion changes with VACUUM, among others
 * @throws SourceFailure CONFIG when the key or the cursor is not a column
 */
export function planStream(relation: Relation, stream: StreamToRead, schemaVersion: number): Plan {
  const column = (path: FieldPath, role: string): Column => {
    const found = path.length === 1 ? relation.columns.find(({ name }) => name === path[0]) : undefined;
    if (!found) throw new SourceFailure('CONFIG', `There is no column ${path.join('.')} for the ${role} of ${stream.name}.`);
    return found;
  };
  const isIncremental = stream.syncMode.startsWith('INCREMENTAL');
  if (isIncremental && !stream.cursorField) throw new SourceFailure('CONFIG', `${stream.name} needs a cursor field to be read incrementally.`);
  const fields = new Set(stream.selectedFields ?? relation.columns.map(({ name }) => name));
  const selected = relation.columns.map(({ name }) => name).filter((name) => fields.has(name));
  const list = selected.map(identifier);
  const indexOf = (sql: string): number => {
    const found = list.indexOf(sql);
    return found >= 0 ? found : list.push(sql) - 1;
  };
  const termOf = (name: string): Term => ({ name, sql: identifier(name), index: indexOf(identifier(name)) });

  const key = stream.primaryKey.map((path) => indexOf(identifier(column(path, 'primary key').name)));
  const cursorColumn = isIncremental && stream.cursorField ? column(stream.cursorField, 'cursor') : null;
  const primaryKey = relation.primaryKey.filter((name) => relation.columns.some((each) => each.name === name && each.notNull));
  const hasKey = primaryKey.length > 0 && primaryKey.length === relation.primaryKey.length;
  const { rowid } = relation;
  const loose = !hasKey && rowid !== null ? [{ name: `${rowid}@${schemaVersion}`, sql: rowid, index: indexOf(rowid) }] : [];
  return {
    relation,
    list,
    selected,
    key: key.length === 0 ? null : key,
    cursor: cursorColumn && { ...termOf(cursorColumn.name), notNull: cursorColumn.notNull },
    unique: hasKey ? primaryKey.map(termOf) : loose,
    usesLooseRowids: loose.length > 0,
    missing: [...fields].filter((name) => !relation.columns.some((each) => each.name === name)),
  };
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** One way through the records of a stream. */
export interface Pass {
  readonly order: readonly Term[];
  /** Where to go on: values of the first terms of `order`. The record with all of them is left out, those that share only some are not. */
  readonly from: readonly StoredValue[];
  /** The cursor is NULL; or it is not, and at most that. */
  readonly cursor?: 'NULL' | { readonly until: StoredValue };
}

export interface Query {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** @param list another SELECT list than that of the plan */
export function queryOf({ relation, list: own, cursor, unique }: Plan, pass: Pass, list: readonly string[] = own): Query {
  const { order, from } = pass;
  const conditions: string[] = [];
  const parameters: SqlValue[] = [];
  if (pass.cursor === 'NULL') conditions.push(`${cursor?.sql} IS NULL`);
  if (typeof pass.cursor === 'object') {
    const until = bindable(pass.cursor.until);
    conditions.push(`${cursor?.sql} <= ${until.sql}`);
    parameters.push(until.value);
  }
  if (from.length > 0) {
    const bound = from.map(bindable);
    const terms = order.slice(0, from.length).map(({ sql }) => sql);
    const isOne = from.length === order.length && unique.length > 0;
    conditions.push(`(${terms.join(', ')}) ${isOne ? '>' : '>='} (${bound.map(({ sql }) => sql).join(', ')})`);
    parameters.push(...bound.map(({ value }) => value));
  }
  const sql = [
    `SELECT ${list.length > 0 ? list.join(', ') : 'NULL'} FROM main.${identifier(relation.name)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(' AND ')}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.map((term) => term.sql).join(', ')}`] : []),
  ].join(' ');
  return { sql, parameters };
}
