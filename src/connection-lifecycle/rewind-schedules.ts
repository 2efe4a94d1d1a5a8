import { setImmediate as breathe } from 'node:timers/promises';
import type { GatewayServices } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { nextRun } from '../schedule/next-run.ts';
import { changeSourceConnection } from '../source-connection/facets.ts';
import { sourceConnections } from '../source-connection/read.ts';

/** Connections that are looked at before others get their turn. */
const atOnce = 50;

/** When something last happened to a job, as the clock then was; `null` = never. */
export async function lastKnownTime({ db }: Pick<GatewayServices, 'db'>): Promise<Date | null> {
  const last = await db.selectFrom('sync_job_transition').select('occurred_at').orderBy('cursor', 'desc').limit(1).executeTakeFirst();
  return last ? new Date(last['occurred_at'] as number | Date) : null;
}

/**
 * Brings next runs forward after the clock was set back: those that were reckoned from a time to come would leave a hole of runs until then.
 * What has run already is not run again, for its time is known.
 */
export async function rewindSchedules(services: GatewayServices, now: Date): Promise<void> {
  const rows = await services.db
    .selectFrom('source_connection')
    .selectAll()
    .where('next_scheduled_run', '>', now)
    .where('deleted_at', 'is', null)
    .execute();
  for (const [index, raw] of rows.entries()) {
    if (index % atOnce === 0) await breathe();
    const { id, schedule, nextScheduledRun } = sourceConnections.toSharedRow(raw);
    const next = schedule.type === 'CONTINUOUS' ? now : nextRun(schedule, now);
    if (!next || !nextScheduledRun || next >= nextScheduledRun) continue;
    await inTransaction(services, async (tx) => {
      const still = await tx.db
        .selectFrom('source_connection')
        .select('id')
        .where('id', '=', id)
        .where('next_scheduled_run', '=', nextScheduledRun)
        .executeTakeFirst();
      if (still) await changeSourceConnection(tx, id, { nextScheduledRun: next }, undefined, now);
    });
  }
}
