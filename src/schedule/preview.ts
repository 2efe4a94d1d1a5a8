import { LimitExceededError, ValidationError } from '../errors.ts';
import { upcomingRuns } from './next-run.ts';
import { parseSchedule, type ScheduleInput } from './parse.ts';
import { anchored, type Schedule } from './schedule.ts';

const most = 100;

/** The next runs of a schedule that is not saved, as any source would have them. @throws ValidationError LimitExceededError */
export function previewSchedule(input: ScheduleInput, count: number): Date[] {
  const now = new Date();
  const parsed = parseSchedule(input, { supportsContinuous: true }, now);
  if ('issues' in parsed) throw new ValidationError(parsed.issues);
  return nextRuns(anchored(parsed.value, now), count, now);
}

/** @param count 1 to 100 @throws ValidationError LimitExceededError */
export function nextRuns(schedule: Schedule, count: number, after = new Date()): Date[] {
  if (count < 1) throw new ValidationError([{ path: ['count'], message: 'Ask for at least one run.' }]);
  if (count > most) throw new LimitExceededError(`At most ${most} runs at once; ${count} were asked for.`);
  return upcomingRuns(schedule, count, after);
}
