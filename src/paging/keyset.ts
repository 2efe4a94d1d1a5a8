import { createHash } from 'node:crypto';
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import { decodeCursor, encodeCursor, type Key, type PageArgs, type PageLimits, pageSize } from './page-args.ts';

// biome-ignore lint/suspicious/noExplicitAny: any query over any table
type Query = SelectQueryBuilder<any, any, any>;

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

export interface Page<Row> {
  readonly edges: { cursor: string; node: Row }[];
  readonly pageInfo: PageInfo;
}

export interface KeysetOptions<Row> {
  /** With all filters, without order and limit. */
  readonly query: Query;
  /** Columns of the order, all in one direction; the last one is unique. */
  readonly columns: readonly (string | RawBuilder<unknown>)[];
  readonly direction: 'asc' | 'desc';
  /** The values of those columns. */
  keyOf(row: Row): Key[];
  toRow(raw: Record<string, unknown>): Row;
  /** What the cursors are bound to: the filter and the order, or a word for lists whose cursors mean the same whatever the filter. */
  readonly binding: string | readonly unknown[];
  readonly limits?: PageLimits;
}

/** One page by keyset: a range of an index whatever the depth, never OFFSET. @throws LimitExceededError ValidationError */
export async function keysetPage<Row>(
  args: PageArgs,
  { query, columns, direction, keyOf, toRow, binding, limits }: KeysetOptions<Row>,
): Promise<Page<Row>> {
  const { size, backwards } = pageSize(args, limits);
  const bound = typeof binding === 'string' ? binding : digest(binding);
  const ascending = (direction === 'asc') !== backwards;
  let page = query;
  for (const [cursor, towardsEnd] of [
    [args.after, true],
    [args.before, false],
  ] as const) {
    if (cursor == null) continue;
    const key = decodeCursor(cursor, bound, columns.length);
    const operator = (direction === 'asc') === towardsEnd ? '>' : '<';
    const parts = columns.map((column) => (typeof column === 'string' ? sql.ref(column) : column));
    page = page.where(sql<boolean>`(${sql.join(parts)}) ${sql.raw(operator)} (${sql.join(key)})`);
    // SQLite makes no range of an index of a tuple with an expression in it; this says the same about its first part.
    if (typeof columns[0] !== 'string') page = page.where(sql<boolean>`${parts[0]} ${sql.raw(operator)}= ${key[0]}`);
  }
  for (const column of columns) page = page.orderBy(column, ascending ? 'asc' : 'desc');
  const found = await page.limit(size + 1).execute();
  const more = found.length > size;
  const rows = (more ? found.slice(0, size) : found).map((raw) => toRow(raw as Record<string, unknown>));
  if (backwards) rows.reverse();
  const edges = rows.map((node) => ({ cursor: encodeCursor(bound, keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: backwards ? args.before != null : more,
      hasPreviousPage: backwards ? more : args.after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function digest(value: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 8);
}
