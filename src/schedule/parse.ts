import type { ValidationIssue } from '../connector/validate.ts';
import { cronline } from './cron.ts';
import { upcomingRuns } from './next-run.ts';
import { intervalChoices, manualSchedule, minutesOfDay, type Schedule } from './schedule.ts';

/** Exactly one of them. */
export interface ScheduleInput {
  readonly manual?: boolean | null | undefined;
  readonly cron?: { readonly expression: string; readonly timezone: string } | null | undefined;
  readonly interval?: { readonly minutes: number; readonly dailySyncTime?: string | null | undefined; readonly timezone: string } | null | undefined;
  readonly continuous?: boolean | null | undefined;
}

/** What a source allows. */
export interface ScheduleLimits {
  /** Between two runs, at least. @default 1 */
  readonly minIntervalMinutes?: number | undefined;
  /** @default false */
  readonly supportsContinuous?: boolean | undefined;
}

type Parsed = { readonly value: Schedule } | { readonly issues: readonly ValidationIssue[] };

const longestExpression = 200;
/** So many runs are looked at for two that are too close. The fields of an expression are independent, so the closest two come early. */
const runsLookedAt = 200;
const minuteMs = 60_000;

/** Checks a schedule against its own rules and those of the source. It has no anchor yet: that is the time when it is set. */
export function parseSchedule(input: ScheduleInput, limits: ScheduleLimits, now: Date): Parsed {
  if (input.cron) return parseCron(input.cron, limits, now);
  if (input.interval) return parseInterval(input.interval, limits);
  if (input.continuous != null) return parseContinuous(input.continuous, limits);
  if (input.manual) return { value: manualSchedule };
  return refused(['manual'], 'Say true, or give another schedule.');
}

/** What would have to be said to get this schedule. */
export function scheduleInputOf({ type, cronExpression, timezone, intervalMinutes, dailySyncTime }: Schedule): ScheduleInput {
  if (type === 'CRON') return { cron: { expression: cronExpression ?? '', timezone } };
  if (type === 'INTERVAL') return { interval: { minutes: intervalMinutes ?? 0, dailySyncTime, timezone } };
  return type === 'CONTINUOUS' ? { continuous: true } : { manual: true };
}

function parseCron({ expression, timezone }: NonNullable<ScheduleInput['cron']>, { minIntervalMinutes = 1 }: ScheduleLimits, now: Date): Parsed {
  const path = ['cron', 'expression'];
  if (expression.length > longestExpression) return refused(path, `Use at most ${longestExpression} characters.`);
  const zoneIssues = issuesOfZone(timezone, ['cron', 'timezone']);
  const zone = zoneIssues.length > 0 ? 'UTC' : timezone;
  const value: Schedule = { ...manualSchedule, type: 'CRON', cronExpression: expression.trim().replace(/\s+/g, ' '), timezone: zone };
  try {
    cronline(expression, zone);
  } catch (error) {
    return { issues: [...zoneIssues, issue(path, sentenceOf(error))] };
  }
  // In UTC: that two runs come closer on the day when the clocks change is nobody's mistake.
  const runs = upcomingRuns({ ...value, timezone: 'UTC' }, runsLookedAt, now);
  if (runs.length === 0) return { issues: [...zoneIssues, issue(path, 'There is no such time to come: it would never run.')] };
  const closest = Math.min(...runs.slice(1).map((run, index) => run.getTime() - (runs[index]?.getTime() ?? 0)));
  if (closest < minIntervalMinutes * minuteMs) return { issues: [...zoneIssues, issue(path, tooOften(minIntervalMinutes))] };
  return zoneIssues.length > 0 ? { issues: zoneIssues } : { value };
}

function parseInterval(
  { minutes, dailySyncTime, timezone }: NonNullable<ScheduleInput['interval']>,
  { minIntervalMinutes = 1 }: ScheduleLimits,
): Parsed {
  const issues = issuesOfZone(timezone, ['interval', 'timezone']);
  if (!intervalChoices.includes(minutes)) issues.push(issue(['interval', 'minutes'], `Use one of ${intervalChoices.join(', ')}.`));
  else if (minutes < minIntervalMinutes) issues.push(issue(['interval', 'minutes'], tooOften(minIntervalMinutes)));
  if (dailySyncTime != null) {
    const path = ['interval', 'dailySyncTime'];
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(dailySyncTime)) issues.push(issue(path, 'Use hours and minutes, for example 06:30.'));
    else if (minutes !== minutesOfDay) issues.push(issue(path, `Only a daily interval, of ${minutesOfDay} minutes, has a time of day.`));
  }
  if (issues.length > 0) return { issues };
  return { value: { ...manualSchedule, type: 'INTERVAL', intervalMinutes: minutes, dailySyncTime: dailySyncTime ?? null, timezone } };
}

function parseContinuous(wanted: boolean, { supportsContinuous = false }: ScheduleLimits): Parsed {
  if (!wanted) return refused(['continuous'], 'Say true, or give another schedule.');
  if (!supportsContinuous) return refused(['continuous'], 'This source cannot be followed; its supportsContinuous says which can.');
  return { value: { ...manualSchedule, type: 'CONTINUOUS' } };
}

/** An offset is none: it knows nothing of summer. */
function issuesOfZone(timezone: string, path: string[]): ValidationIssue[] {
  try {
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError();
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return [];
  } catch {
    return [issue(path, 'There is no such time zone; use an IANA name, for example Europe/Berlin.')];
  }
}

function tooOften(minutes: number): string {
  return minutes === 1 ? 'Runs have to be at least a minute apart.' : `Runs of this source have to be at least ${minutes} minutes apart.`;
}

/** The parser's own words, without its name. */
function sentenceOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /, '').replace(/[.]?$/, '.');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function refused(path: string[], message: string): Parsed {
  return { issues: [issue(path, message)] };
}

function issue(path: string[], message: string): ValidationIssue {
  return { path: ['schedule', ...path], message };
}
