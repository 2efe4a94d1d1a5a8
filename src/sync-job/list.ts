import type { Ctx } from '../context.ts';
import { keysetPage, type Page } from '../paging/keyset.ts';
import type { PageArgs } from '../paging/page-args.ts';
import { syncJobs } from './read.ts';
import type { SyncJobStatus, SyncJobTrigger } from './status.ts';
import type { SyncJob } from './sync-job.entity.ts';

export interface SyncJobFilter {
  readonly sourceConnectionId?: string | null | undefined;
  readonly collectionId?: string | null | undefined;
  readonly statuses?: readonly SyncJobStatus[] | null | undefined;
  readonly triggers?: readonly SyncJobTrigger[] | null | undefined;
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
}

/** The caller's sync jobs, the newest first. Not counted: history grows without end. */
export async function listSyncJobs(ctx: Ctx, args: PageArgs, filter: SyncJobFilter = {}): Promise<Page<SyncJob>> {
  let query = ctx.db.selectFrom('sync_job').selectAll();
  if (filter.sourceConnectionId != null) query = query.where('source_connection_id', '=', filter.sourceConnectionId);
  if (filter.collectionId != null) query = query.where('collection_id', '=', filter.collectionId);
  if (filter.statuses) query = query.where('status', 'in', [...filter.statuses]);
  if (filter.triggers) query = query.where('trigger', 'in', [...filter.triggers]);
  if (filter.createdAfter) query = query.where('created_at', '>', filter.createdAfter);
  if (filter.createdBefore) query = query.where('created_at', '<', filter.createdBefore);
  return keysetPage<SyncJob>(args, {
    query,
    columns: ['id'],
    direction: 'desc',
    keyOf: ({ id }) => [id],
    toRow: syncJobs.toSharedRow,
    binding: ['sync-jobs', filter],
  });
}
