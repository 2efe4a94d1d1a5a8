import { type Cronline, cronline } from './cron.ts';
import type { Schedule } from './schedule.ts';

const minuteMs = 60_000;

/** The first run after this time; `null` when there is none: nothing runs by itself, or not by the clock. */
export function nextRun(schedule: Schedule, after: Date): Date | null {
  return lineOf(schedule)?.next(after) ?? null;
}

/** The next runs after this time, fewer when the schedule ends. */
export function upcomingRuns(schedule: Schedule, count: number, after: Date): Date[] {
  const line = lineOf(schedule);
  const runs: Date[] = [];
  for (let run = line?.next(after); run && runs.length < count; run = line?.next(run)) runs.push(run);
  return runs;
}

/** How long before this run the one before it was, ms; `null` for the first of all. */
export function spanBefore(schedule: Schedule, run: Date): number | null {
  const before = lineOf(schedule)?.latest(new Date(run.getTime() - 1000));
  return before ? run.getTime() - before.getTime() : null;
}

/** The last run at this time or before it; `null` when there was none. */
export function latestRun(schedule: Schedule, until: Date): Date | null {
  return lineOf(schedule)?.latest(until) ?? null;
}

function lineOf(schedule: Schedule): Cronline | null {
  const { cronExpression, intervalMinutes, dailySyncTime, timezone, anchoredAt } = schedule;
  if (cronExpression !== null) return cronline(cronExpression, timezone);
  if (intervalMinutes === null) return null;
  if (dailySyncTime === null) return grid(intervalMinutes * minuteMs, Date.parse(anchoredAt ?? '1970-01-01T00:00:00Z'));
  const [hour, minute] = dailySyncTime.split(':').map(Number);
  return cronline(`${minute} ${hour} * * *`, timezone);
}

/** Runs at the same distance from each other, whatever the clocks on the walls do. */
function grid(step: number, anchor: number): Cronline {
  return {
    next: (after) => new Date(anchor + (Math.floor((after.getTime() - anchor) / step) + 1) * step),
    latest: (until) => new Date(anchor + Math.floor((until.getTime() - anchor) / step) * step),
  };
}
