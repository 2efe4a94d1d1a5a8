import type { GatewayServices } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { systemActor } from '../lib/actor.ts';
import { nextRun } from '../schedule/next-run.ts';
import { changeSourceConnection } from '../source-connection/facets.ts';
import { sourceConnections, streamsOf } from '../source-connection/read.ts';
import { type SourceConnection, SourceConnectionEntity } from '../source-connection/source-connection.entity.ts';
import { appendToJobLog } from '../sync-job/job-log.ts';
import { insertSyncJob } from '../sync-job/start.ts';
import type { DueStep } from './due.ts';

/** Does what is due, if it still is: another scheduler may have done it, or somebody may have changed the connection since. */
export async function takeStep(services: GatewayServices, { what, id, at }: DueStep, now: Date): Promise<void> {
  const startedJobId = await inTransaction(services, async (tx) => {
    const raw = await tx.db.selectFrom('source_connection').selectAll().where('id', '=', id).executeTakeFirst();
    const connection = raw && sourceConnections.toRow(raw);
    if (!connection) return undefined;
    if (what === 'run') return startScheduledRun(tx, connection, at, now);
    if (what === 'pause') await pauseAsPlanned(tx, connection, at, now);
    else await noticeDelay(tx, connection, now);
    return undefined;
  });
  if (startedJobId) services.queue.enqueue(startedJobId);
}

/**
 * Starts the job of a scheduled run and sets the next run, both or neither. Runs that were missed meanwhile count as this one.
 * A run that comes while a job is active is skipped, and the log of that job says so.
 * @param run its time: who finds another one in its place is too late
 */
async function startScheduledRun(tx: Transaction, connection: SourceConnection, run: Date, now: Date): Promise<string | undefined> {
  const { id, schedule, activeSyncJobId } = connection;
  const taken = await tx.em.nativeUpdate(SourceConnectionEntity, { id, nextScheduledRun: run }, { nextScheduledRun: nextRun(schedule, now) });
  if (taken === 0) return undefined;
  const isContinuous = schedule.type === 'CONTINUOUS';
  // A clock that was set back comes to the same time again.
  const isRepeated = !isContinuous && (await hasRun(tx, id, run));
  if (activeSyncJobId !== null && !isRepeated)
    await appendToJobLog(
      tx,
      { ...connection, id: activeSyncJobId },
      'WARN',
      `The run scheduled for ${run.toISOString()} was skipped: this job was still active.`,
    );
  if (activeSyncJobId !== null || isRepeated) {
    await changeSourceConnection(tx, id, {}, undefined, now);
    return undefined;
  }
  const following = nextRun(schedule, run);
  const { syncJob } = await insertSyncJob(tx, {
    sourceConnection: connection,
    streams: await streamsOf(tx.db, id),
    mode: 'INCREMENTAL',
    trigger: isContinuous ? 'CONTINUOUS' : 'SCHEDULE',
    actor: systemActor,
    ...(isContinuous
      ? {}
      : {
          scheduledFor: run,
          reason: `scheduled for ${run.toISOString()}${following && following <= now ? '; the runs missed since count as this one' : ''}`,
        }),
  });
  return syncJob.id;
}

async function hasRun(tx: Transaction, sourceConnectionId: string, run: Date): Promise<boolean> {
  const job = await tx.db
    .selectFrom('sync_job')
    .select('id')
    .where('source_connection_id', '=', sourceConnectionId)
    .where('scheduled_for', '=', run)
    .executeTakeFirst();
  return job !== undefined;
}

/** The active job finishes. One that is paused already stays so for its own reason. */
async function pauseAsPlanned(tx: Transaction, { id, pauseAt, pausedAt }: SourceConnection, at: Date, now: Date): Promise<void> {
  if (pauseAt?.getTime() !== at.getTime()) return;
  const paused = pausedAt ? {} : { pausedAt: now, pauseReason: 'PAUSE_AT' as const };
  await changeSourceConnection(tx, id, { pauseAt: null, ...paused }, undefined, now);
}

/** Its health is derived again; when the time has indeed come that is a change, and pushed. */
async function noticeDelay(tx: Transaction, { id, delayedAt, health }: SourceConnection, now: Date): Promise<void> {
  if (delayedAt && delayedAt <= now && health === 'ON_SCHEDULE') await changeSourceConnection(tx, id, {}, undefined, now);
}
