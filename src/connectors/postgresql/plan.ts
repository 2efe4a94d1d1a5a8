import { escapeIdentifier, escapeLiteral } from 'pg';
import type { FieldPath, StreamToRead } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { Column, Relation } from './catalog.ts';
import type { DecodedColumns } from './decoder.ts';
import { isOrdered } from './types.ts';

/** Which columns are read for a stream, and in which order its records can come. */
export interface Plan extends DecodedColumns {
  readonly relation: Relation;
  /** `null` when the stream is read in full. */
  readonly cursor: Column | null;
  /** Columns that are never NULL and that tell records apart or nearly so: reading resumes by them. `[]`: only in one go. */
  readonly order: readonly Column[];
  /** Selected fields that the relation does not have. */
  readonly missing: readonly string[];
}

/** @throws SourceFailure CONFIG when the key or the cursor is not a column that can be one */
export function planStream(relation: Relation, stream: StreamToRead): Plan {
  const column = (path: FieldPath, role: string): Column => {
    const found = path.length === 1 ? relation.columns.find(({ name }) => name === path[0]) : undefined;
    if (!found) throw new SourceFailure('CONFIG', `There is no column ${path.join('.')} for the ${role} of ${stream.name}.`);
    return found;
  };
  const key = stream.primaryKey.map((path) => column(path, 'primary key'));
  const isIncremental = stream.syncMode.startsWith('INCREMENTAL');
  if (isIncremental && !stream.cursorField) throw new SourceFailure('CONFIG', `${stream.name} needs a cursor field to be read incrementally.`);
  const cursor = isIncremental && stream.cursorField ? column(stream.cursorField, 'cursor') : null;
  if (cursor && !isOrdered(cursor))
    throw new SourceFailure('CONFIG', `${cursor.name} of ${stream.name} cannot be a cursor: ${cursor.type.name} has no safe order.`);

  const names = new Set(stream.selectedFields ?? relation.columns.map(({ name }) => name));
  const selected = relation.columns.filter(({ name }) => names.has(name));
  const order = orderOf(relation, key, cursor);
  const columns = [...new Set([...selected, ...key, ...(cursor ? [cursor] : []), ...order])];
  return {
    relation,
    columns,
    selected: selected.length,
    key: key.length === 0 ? null : key.map((each) => columns.indexOf(each)),
    cursor,
    order,
    missing: [...names].filter((name) => !relation.columns.some((each) => each.name === name)),
  };
}

/** The stream's own key may be anything that a person chose; without an index behind it, sorting a large table for it costs more than it gives. */
function orderOf(relation: Relation, key: readonly Column[], cursor: Column | null): readonly Column[] {
  if (cursor) return key.every((each) => each.notNull && isOrdered(each)) ? key.filter((each) => each !== cursor) : [];
  const primary = relation.columns.filter(({ name }) => relation.primaryKey.includes(name));
  const isPrimary = primary.length === key.length && primary.every((each) => key.includes(each) && isOrdered(each));
  return isPrimary ? relation.primaryKey.flatMap((name) => primary.find((each) => each.name === name) ?? []) : [];
}

export interface Pass {
  readonly orderedBy: readonly Column[];
  /** Where to go on, inclusive: values of the first columns of `orderedBy`; `null` = at the beginning. */
  readonly from: readonly string[] | null;
  readonly where?: string;
}

/** One statement for the whole pass: the server sorts once, and what is not read yet waits in its socket. */
export function copySql({ relation, columns }: Plan, { orderedBy, from, where }: Pass): string {
  const order = orderedBy.map(({ name }) => escapeIdentifier(name));
  const start = from ? [`(${order.slice(0, from.length).join(', ')}) >= (${from.map(escapeLiteral).join(', ')})`] : [];
  const conditions = [...(where ? [where] : []), ...start];
  return [
    `COPY (SELECT ${columns.map(({ name }) => escapeIdentifier(name)).join(', ')}`,
    `FROM ${escapeIdentifier(relation.namespace)}.${escapeIdentifier(relation.name)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(' AND ')}`] : []),
    ...(order.length > 0 ? [`ORDER BY ${order.join(', ')}`] : []),
    ') TO STDOUT',
  ].join(' ');
}
