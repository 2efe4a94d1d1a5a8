import { sql } from 'kysely';
import type { Db } from '../db/rows.ts';
import { dueAt } from '../schedule/jitter.ts';
import { sourceConnections } from '../source-connection/read.ts';

/** Something that a source connection does by itself, and when it was due. */
export interface DueStep {
  readonly what: 'pause' | 'run' | 'delay';
  readonly id: string;
  readonly at: Date;
}

const sources = [
  // Pausing comes first: what is paused at nine does not run at nine.
  ['pause', 'pause_at', sql<boolean>`deleted_at is null`],
  ['run', 'next_scheduled_run', sql<boolean>`deleted_at is null`],
  ['delay', 'delayed_at', sql<boolean>`deleted_at is null and health = 'ON_SCHEDULE'`],
] as const;

/**
 * What source connections of all organizations are to do by now, each kind by its own index.
 * @returns also when there is something to do next, as far as is known; `null` = nothing is
 */
export async function findDue(db: Db, now: Date): Promise<{ readonly steps: DueStep[]; readonly wakeAt: Date | null }> {
  const steps: DueStep[] = [];
  let wakeAt = Number.POSITIVE_INFINITY;
  for (const [what, column, condition] of sources) {
    const query = db.selectFrom('source_connection').where(condition);
    const rows = await query.selectAll().where(column, '<=', now).orderBy(column).execute();
    for (const raw of rows) {
      const at = new Date(raw[column] as number | Date);
      const { id, schedule } = sourceConnections.toSharedRow(raw);
      // Its own time is shown; it starts a little later.
      const due = what === 'run' ? dueAt(schedule, at, id).getTime() : at.getTime();
      if (due <= now.getTime()) steps.push({ what, id, at });
      else wakeAt = Math.min(wakeAt, due);
    }
    const { next } = await query
      .select(({ fn }) => fn.min(column).as('next'))
      .where(column, '>', now)
      .executeTakeFirstOrThrow();
    if (next !== null) wakeAt = Math.min(wakeAt, new Date(next).getTime());
  }
  return { steps, wakeAt: Number.isFinite(wakeAt) ? new Date(wakeAt) : null };
}
