import { type ConnectionHealth, lateAt } from '../schedule/freshness.ts';
import { nextRun } from '../schedule/next-run.ts';
import type { SourceConnection } from './source-connection.entity.ts';

/** What follows from schedule, freshness and facets, rewritten whenever one of them changes. */
export interface Timing {
  readonly nextScheduledRun: Date | null;
  readonly delayedAt: Date | null;
  readonly health: ConnectionHealth;
}

/**
 * When a source connection runs next, and when it counts as delayed.
 * @param before as it was; absent for a new one
 * @param after as it will be, with the times that were set on purpose
 */
export function retime(before: SourceConnection | undefined, after: SourceConnection, now: Date): Timing {
  const delayedAt = delay(before, after, now);
  return { nextScheduledRun: next(before, after, now), delayedAt, health: delayedAt && delayedAt <= now ? 'DELAYED' : 'ON_SCHEDULE' };
}

/** A suspended schedule has no next run. When it is resumed the next one is computed from then: nothing is made up for. */
function next(before: SourceConnection | undefined, after: SourceConnection, now: Date): Date | null {
  if (isSuspended(after)) return null;
  const isNew = !before || isSuspended(before) || before.schedule !== after.schedule;
  if (after.schedule.type === 'CONTINUOUS') {
    if (after.activeSyncJobId !== null) return null;
    return isNew ? now : (after.nextScheduledRun ?? now);
  }
  return isNew ? nextRun(after.schedule, now) : after.nextScheduledRun;
}

function delay(before: SourceConnection | undefined, after: SourceConnection, now: Date): Date | null {
  const { schedule, freshness, lastSucceededAt } = after;
  if (!isExpected(after)) return null;
  if (!before || !isExpected(before)) return lateAt(schedule, freshness, now);
  if (before.schedule !== schedule || before.freshness !== freshness) {
    const set = new Date(schedule.anchoredAt ?? after.createdAt);
    return lateAt(schedule, freshness, lastSucceededAt && lastSucceededAt > set ? lastSucceededAt : set);
  }
  if (lastSucceededAt && before.lastSucceededAt !== lastSucceededAt) return lateAt(schedule, freshness, lastSucceededAt);
  return after.delayedAt;
}

/** Whether it starts nothing by itself, whatever its schedule says. */
function isSuspended(connection: SourceConnection): boolean {
  return !isAtWork(connection) || connection.credentialsRefused;
}

/** Whether records should come: credentials that were refused are no excuse. */
function isExpected(connection: SourceConnection): boolean {
  return connection.schedule.type !== 'MANUAL' && isAtWork(connection);
}

function isAtWork({ deletedAt, deletingAt, authorizationPending, pausedAt }: SourceConnection): boolean {
  return deletedAt === null && deletingAt === null && !authorizationPending && pausedAt === null;
}
