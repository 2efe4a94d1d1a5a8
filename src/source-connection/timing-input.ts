import type { ValidationIssue } from '../connector/validate.ts';
import { ValidationError } from '../errors.ts';
import { type Freshness, type FreshnessInput, normalFreshness, parseFreshness } from '../schedule/freshness.ts';
import { parseSchedule, type ScheduleInput, type ScheduleLimits } from '../schedule/parse.ts';
import { anchored, isSameSchedule, manualSchedule, type Schedule } from '../schedule/schedule.ts';

/** What people say about when a source connection runs. Left out = as it is; `null` = as when nothing was ever said. */
export interface TimingInput {
  readonly schedule?: ScheduleInput | null | undefined;
  readonly freshness?: FreshnessInput | null | undefined;
  readonly pauseAt?: Date | null | undefined;
}

export interface CheckedTiming {
  readonly schedule?: Schedule;
  readonly freshness?: Freshness;
  readonly pauseAt?: Date | null;
}

/**
 * Checks the input against the rules of schedules and those of the source.
 * @param limits of the source; leave it out when it is not known
 * @throws ValidationError with every issue at once
 */
export function checkTiming(input: TimingInput, limits: ScheduleLimits = {}): CheckedTiming {
  const now = new Date();
  const issues: ValidationIssue[] = [];
  const schedule = input.schedule ? parseSchedule(input.schedule, limits, now) : { value: manualSchedule };
  if ('issues' in schedule) issues.push(...schedule.issues);
  const freshness = input.freshness ? parseFreshness(input.freshness) : { value: normalFreshness };
  if ('issues' in freshness) issues.push(...freshness.issues);
  if (input.pauseAt && input.pauseAt <= now) issues.push({ path: ['pauseAt'], message: 'This time is past.' });
  if ('issues' in schedule || 'issues' in freshness || issues.length > 0) throw new ValidationError(issues);
  return {
    ...(input.schedule === undefined ? {} : { schedule: schedule.value }),
    ...(input.freshness === undefined ? {} : { freshness: freshness.value }),
    ...(input.pauseAt === undefined ? {} : { pauseAt: input.pauseAt }),
  };
}

/** What `checkTiming` would throw, for whoever has more to complain about. */
export function issuesOfTiming(input: TimingInput, limits?: ScheduleLimits): readonly ValidationIssue[] {
  try {
    checkTiming(input, limits);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
}

/** What changes about a source connection. One that gets the schedule it has keeps the times of its runs. */
export function changesOfTiming({ schedule, ...others }: CheckedTiming, present: Schedule): CheckedTiming {
  if (!schedule || isSameSchedule(schedule, present)) return others;
  return { ...others, schedule: anchored(schedule, new Date()) };
}
