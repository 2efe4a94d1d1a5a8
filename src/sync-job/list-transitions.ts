import type { Ctx } from '../context.ts';
import { headOf } from '../db/log-table.ts';
import { prunedUpTo } from '../db/pruned-log.ts';
import { keysetPage, type Page } from '../paging/keyset.ts';
import type { PageArgs } from '../paging/page-args.ts';
import { logKinds, parseLogCursor, printLogCursor } from './log-cursor.ts';
import { syncJobLogs, syncJobTransitions } from './read.ts';
import type { SyncJobStatus } from './status.ts';
import type { SyncJobLog } from './sync-job-log.entity.ts';
import type { SyncJobTransition } from './sync-job-transition.entity.ts';

export interface TransitionFilter {
  readonly syncJobId?: string | null | undefined;
  readonly sourceConnectionId?: string | null | undefined;
  readonly collectionId?: string | null | undefined;
  readonly to?: readonly SyncJobStatus[] | null | undefined;
}

export function filterTransitions(ctx: Ctx, filter: TransitionFilter) {
  let query = ctx.db.selectFrom('sync_job_transition').selectAll();
  if (filter.syncJobId != null) query = query.where('sync_job_id', '=', filter.syncJobId);
  if (filter.sourceConnectionId != null) query = query.where('source_connection_id', '=', filter.sourceConnectionId);
  if (filter.collectionId != null) query = query.where('collection_id', '=', filter.collectionId);
  if (filter.to) query = query.where('to_status', 'in', [...filter.to]);
  return query;
}

/**
 * Transitions in the order of the commits. An empty page ends where the log ends, so that a subscription that starts there misses nothing; the last
 * page never ends before what was pruned, so that the subscription is not refused for gaps that the list had already.
 */
export async function listTransitions(ctx: Ctx, args: PageArgs, filter: TransitionFilter = {}): Promise<Page<SyncJobTransition>> {
  // Before the page: what is committed in between is then seen twice rather than never.
  const [head, pruned] = await Promise.all([headOf(ctx.db, syncJobTransitions.table), prunedUpTo(ctx.db, syncJobTransitions.table)]);
  const page = await keysetPage<SyncJobTransition>(args, {
    query: filterTransitions(ctx, filter),
    columns: ['cursor'],
    direction: 'asc',
    keyOf: ({ cursor }) => [cursor],
    toRow: syncJobTransitions.toSharedRow,
    binding: logKinds.transitions,
  });
  const end = page.edges.at(-1)?.node.cursor ?? (args.after == null ? head : parseLogCursor(logKinds.transitions, args.after));
  const isLast = !page.pageInfo.hasNextPage && args.before == null;
  return { ...page, pageInfo: { ...page.pageInfo, endCursor: printLogCursor(logKinds.transitions, isLast ? Math.max(end, pruned) : end) } };
}

/** The log of one job, the oldest line first; `last` gives its tail. */
export async function listSyncJobLogs(ctx: Ctx, syncJobId: string, args: PageArgs): Promise<Page<SyncJobLog>> {
  return keysetPage<SyncJobLog>(args, {
    query: ctx.db.selectFrom('sync_job_log').selectAll().where('sync_job_id', '=', syncJobId),
    columns: ['cursor'],
    direction: 'asc',
    keyOf: ({ cursor }) => [cursor],
    toRow: syncJobLogs.toSharedRow,
    binding: logKinds.logs,
  });
}
