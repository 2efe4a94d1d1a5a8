import type { ValidationIssue } from '../connector/validate.ts';
import { latestRun, upcomingRuns } from './next-run.ts';
import type { Schedule } from './schedule.ts';

export const freshnessSensitivities = ['LOW', 'NORMAL', 'HIGH', 'CUSTOM', 'SYNC_FREQUENCY'] as const;
export type FreshnessSensitivity = (typeof freshnessSensitivities)[number];
export type ConnectionHealth = 'ON_SCHEDULE' | 'DELAYED';

/** How late the records of a source connection may be. */
export interface Freshness {
  readonly sensitivity: FreshnessSensitivity;
  /** Only of CUSTOM. */
  readonly thresholdMinutes: number | null;
}

export interface FreshnessInput {
  readonly sensitivity: FreshnessSensitivity;
  readonly thresholdMinutes?: number | null | undefined;
}

export const normalFreshness: Freshness = { sensitivity: 'NORMAL', thresholdMinutes: null };

/** So many times the distance between two runs may pass without a success. */
const periods: Record<Exclude<FreshnessSensitivity, 'CUSTOM'>, number> = { SYNC_FREQUENCY: 1, HIGH: 2, NORMAL: 4, LOW: 8 };
const mostMinutes = 525_600;
const minuteMs = 60_000;
/** What follows its source has no distance between two runs; this one is taken for it. */
const continuousPeriodMs = 5 * minuteMs;

export function parseFreshness({ sensitivity, thresholdMinutes = null }: FreshnessInput): { value: Freshness } | { issues: ValidationIssue[] } {
  const refused = (message: string) => ({ issues: [{ path: ['freshness', 'thresholdMinutes'], message }] });
  if (sensitivity !== 'CUSTOM')
    return thresholdMinutes === null ? { value: { sensitivity, thresholdMinutes } } : refused('Only CUSTOM has a threshold.');
  if (thresholdMinutes === null || thresholdMinutes < 1 || thresholdMinutes > mostMinutes)
    return refused(`CUSTOM needs a threshold of 1 to ${mostMinutes} minutes.`);
  return { value: { sensitivity, thresholdMinutes } };
}

/**
 * When a connection that last succeeded at this time is late: after its own threshold, or when as many runs of its schedule should have succeeded
 * since. Weekends and other holes of a schedule do not count. `null` = never, nothing is expected of it.
 */
export function lateAt(schedule: Schedule, { sensitivity, thresholdMinutes }: Freshness, succeededAt: Date): Date | null {
  if (schedule.type === 'MANUAL') return null;
  const since = succeededAt.getTime();
  if (sensitivity === 'CUSTOM') return new Date(since + (thresholdMinutes ?? 0) * minuteMs);
  if (schedule.type === 'CONTINUOUS') return new Date(since + periods[sensitivity] * continuousPeriodMs);
  const expected = upcomingRuns(schedule, periods[sensitivity], succeededAt).at(-1);
  if (!expected) return null;
  // Counted from the run that the success belongs to, as runs take about as long as the one before.
  const run = latestRun(schedule, succeededAt) ?? succeededAt;
  return new Date(since + expected.getTime() - run.getTime());
}
