import { type RawBuilder, sql } from 'kysely';
import type { JsonObject } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { ValidationError } from '../errors.ts';
import { keysetPage, type Page } from '../paging/keyset.ts';
import type { Key, PageArgs } from '../paging/page-args.ts';
import { sourceConnections } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import type { SourceConnectionStatus } from './status.ts';

export interface SourceConnectionFilter {
  readonly collectionId?: string | null | undefined;
  readonly sourceShortNames?: readonly string[] | null | undefined;
  readonly statuses?: readonly SourceConnectionStatus[] | null | undefined;
  readonly search?: string | null | undefined;
  readonly metadata?: JsonObject | null | undefined;
  readonly includeDeleted?: boolean | null | undefined;
}

export const orderFields = ['NAME', 'CREATED_AT', 'UPDATED_AT', 'NEXT_SCHEDULED_RUN'] as const;

export interface SourceConnectionOrder {
  readonly field: (typeof orderFields)[number];
  readonly direction: 'ASC' | 'DESC';
}

interface OrderBy {
  /** As the index has them. */
  readonly columns: readonly (string | RawBuilder<unknown>)[];
  keyOf(row: SourceConnection): Key[];
}

/** Those without a next run come last, whichever end is first. */
const nextRunOr = (last: Date): OrderBy => ({
  columns: [sql`coalesce(next_scheduled_run, ${sql.lit(last)})`, 'id'],
  keyOf: ({ nextScheduledRun, id }) => [nextScheduledRun ?? last, id],
});

/** The columns behind an order, and their values. Ids sort by creation. */
const orders: Record<SourceConnectionOrder['field'], Record<SourceConnectionOrder['direction'], OrderBy>> = {
  NAME: both({ columns: ['name', 'id'], keyOf: ({ name, id }) => [name, id] }),
  CREATED_AT: both({ columns: ['id'], keyOf: ({ id }) => [id] }),
  UPDATED_AT: both({ columns: ['updated_at', 'id'], keyOf: ({ updatedAt, id }) => [updatedAt, id] }),
  NEXT_SCHEDULED_RUN: { ASC: nextRunOr(new Date('9999-12-31T00:00:00Z')), DESC: nextRunOr(new Date(-1)) },
};

function both(order: OrderBy): Record<SourceConnectionOrder['direction'], OrderBy> {
  return { ASC: order, DESC: order };
}

const longestSearch = 100;

const newestFirst: SourceConnectionOrder = { field: 'CREATED_AT', direction: 'DESC' };

/** The caller's source connections. The deleted ones are left out unless they are asked for. */
export async function listSourceConnections(
  ctx: Ctx,
  args: PageArgs,
  filter: SourceConnectionFilter = {},
  order: SourceConnectionOrder = newestFirst,
): Promise<Page<SourceConnection> & { totalCount: () => Promise<number> }> {
  let query = ctx.db.selectFrom('source_connection');
  if (filter.collectionId != null) query = query.where('collection_id', '=', filter.collectionId);
  if (filter.sourceShortNames) query = query.where('source_short_name', 'in', [...filter.sourceShortNames]);
  if (filter.statuses) query = query.where('status', 'in', [...filter.statuses]);
  if (!filter.includeDeleted && !filter.statuses?.includes('DELETED')) query = query.where('status', '<>', 'DELETED');
  if (filter.search) query = query.where(ctx.engine.contains('name', checkedSearch(filter.search)));
  for (const [key, value] of pairsOf(filter.metadata ?? {})) query = query.where(ctx.engine.hasText('metadata', key, value));
  const { columns, keyOf } = orders[order.field][order.direction];
  const page = await keysetPage<SourceConnection>(args, {
    query: query.selectAll(),
    columns,
    direction: order.direction === 'ASC' ? 'asc' : 'desc',
    keyOf,
    toRow: sourceConnections.toSharedRow,
    binding: ['source-connections', filter, order],
  });
  return { ...page, totalCount: async () => Number((await query.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()).count) };
}

/** Names are shorter; a pattern without bound is work without bound. @throws ValidationError */
function checkedSearch(search: string): string {
  if ([...search].length > longestSearch)
    throw new ValidationError([{ path: ['filter', 'search'], message: `Use at most ${longestSearch} characters.` }]);
  return search;
}

/** The values of metadata are texts, so nothing else can be meant. @throws ValidationError */
function pairsOf(metadata: JsonObject): [key: string, value: string][] {
  return Object.entries(metadata).map(([key, value]) => {
    if (typeof value !== 'string') throw new ValidationError([{ path: ['filter', 'metadata', key], message: 'Values are strings.' }]);
    return [key, value];
  });
}
