import type { Ctx } from '../context.ts';
import { type Db, rowReader } from '../db/rows.ts';
import { NotFoundError } from '../errors.ts';
import { activeStatuses } from './status.ts';
import { type SyncJob, SyncJobEntity } from './sync-job.entity.ts';
import { SyncJobLogEntity } from './sync-job-log.entity.ts';
import { SyncJobTransitionEntity } from './sync-job-transition.entity.ts';

export const syncJobs = rowReader(SyncJobEntity);
export const syncJobTransitions = rowReader(SyncJobTransitionEntity);
export const syncJobLogs = rowReader(SyncJobLogEntity);

/** @throws NotFoundError when it is not the caller's */
export async function getSyncJob({ db }: Pick<Ctx, 'db'>, id: string): Promise<SyncJob> {
  const job = await findSyncJob(db, id);
  if (!job) throw new NotFoundError('sync job', id);
  return job;
}

export async function findSyncJob(db: Db, id: string): Promise<SyncJob | undefined> {
  const raw = await db.selectFrom('sync_job').selectAll().where('id', '=', id).executeTakeFirst();
  return raw && syncJobs.toRow(raw);
}

export function findActiveSyncJob(db: Db, sourceConnectionId: string): Promise<SyncJob | undefined> {
  return findUnfinished(db, sourceConnectionId, false);
}

/** The one that waits behind the active job. */
export function findQueuedSyncJob(db: Db, sourceConnectionId: string): Promise<SyncJob | undefined> {
  return findUnfinished(db, sourceConnectionId, true);
}

async function findUnfinished(db: Db, sourceConnectionId: string, queued: boolean): Promise<SyncJob | undefined> {
  const raw = await db
    .selectFrom('sync_job')
    .selectAll()
    .where('source_connection_id', '=', sourceConnectionId)
    .where('status', 'in', activeStatuses)
    .where('queued', '=', queued)
    .executeTakeFirst();
  return raw && syncJobs.toRow(raw);
}
