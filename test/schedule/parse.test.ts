import { describe, expect, test } from 'vitest';
import { lateAt, parseFreshness } from '../../src/schedule/freshness.ts';
import { parseSchedule, type ScheduleInput, type ScheduleLimits } from '../../src/schedule/parse.ts';
import { intervalChoices, manualSchedule, type Schedule } from '../../src/schedule/schedule.ts';

const now = new Date('2027-01-01T12:00:00Z');
const parse = (input: ScheduleInput, limits: ScheduleLimits = {}) => parseSchedule(input, limits, now);
const cron = (expression: string, timezone = 'UTC'): ScheduleInput => ({ cron: { expression, timezone } });
const interval = (minutes: number, dailySyncTime?: string, timezone = 'UTC'): ScheduleInput => ({ interval: { minutes, dailySyncTime, timezone } });

describe('a schedule', () => {
  test.each<[string, ScheduleInput, Partial<Schedule>, ScheduleLimits?]>([
    ['without runs', { manual: true }, { type: 'MANUAL', timezone: 'UTC' }],
    ['of five fields', cron(' 0  9 * *\tMON ', 'Europe/Berlin'), { type: 'CRON', cronExpression: '0 9 * * MON', timezone: 'Europe/Berlin' }],
    ['of six, as in Quartz', cron('0 0/5 * ? * 2-6'), { cronExpression: '0 0/5 * ? * 2-6' }],
    ['of seven, as in Quartz', cron('0 0 9 L * ? 2027-2030'), { cronExpression: '0 0 9 L * ? 2027-2030' }],
    ['as often as a source allows', cron('0,30 * * * *'), { type: 'CRON' }, { minIntervalMinutes: 30 }],
    [
      'around a change of clocks, as often as a source allows',
      cron('0 * * * *', 'Australia/Lord_Howe'),
      { type: 'CRON' },
      { minIntervalMinutes: 60 },
    ],
    [
      'daily, at a time',
      interval(1440, '23:59', 'America/New_York'),
      { intervalMinutes: 1440, dailySyncTime: '23:59', timezone: 'America/New_York' },
    ],
    ['that follows its source', { continuous: true }, { type: 'CONTINUOUS' }, { supportsContinuous: true }],
  ])('%s is accepted', (_, input, expected, limits) => {
    expect(parse(input, limits)).toMatchObject({ value: expected });
  });

  test.each(intervalChoices)('of %i minutes is accepted', (minutes) => {
    expect(parse(interval(minutes))).toMatchObject({ value: { type: 'INTERVAL', intervalMinutes: minutes, dailySyncTime: null } });
  });

  const expression = 'schedule.cron.expression';
  test.each<[string, ScheduleInput, string[], ScheduleLimits?]>([
    ['neither manual nor anything else', { manual: false }, ['schedule.manual']],
    ['with a word for a field', cron('foo * * * *'), [expression]],
    ['with a minute that there is not', cron('60 * * * *'), [expression]],
    ['with four fields', cron('* * * *'), [expression]],
    ['with eight fields', cron('0 0 0 1 1 ? 2027 x'), [expression]],
    ['with no fields', cron(''), [expression]],
    ['with a nickname', cron('@daily'), [expression]],
    ['with a date', cron('2027-12-01T00:00:00'), [expression]],
    ['too long to read', cron(`${'0,'.repeat(120)}0 * * * *`), [expression]],
    ['that never comes', cron('0 0 31 2 *'), [expression]],
    ['that is over', cron('0 0 0 1 1 ? 2020'), [expression]],
    ['of seconds', cron('*/10 * * * * ?'), [expression]],
    ['too often for the source', cron('0,20 9 * * *'), [expression], { minIntervalMinutes: 30 }],
    ['too often around midnight', cron('0,50 0,23 * * *'), [expression], { minIntervalMinutes: 30 }],
    ['in no time zone', cron('0 9 * * *', 'Mars/Olympus'), ['schedule.cron.timezone']],
    ['in an offset', cron('0 9 * * *', '+02:00'), ['schedule.cron.timezone']],
    ['wrong in both', cron('0 9 * *', ''), [expression, 'schedule.cron.timezone']],
    ['of an interval that there is not', interval(7), ['schedule.interval.minutes']],
    ['of a negative interval', interval(-60), ['schedule.interval.minutes']],
    ['of an interval too short for the source', interval(15), ['schedule.interval.minutes'], { minIntervalMinutes: 30 }],
    ['hourly, at a time of day', interval(60, '09:00'), ['schedule.interval.dailySyncTime']],
    ['daily, at no time of day', interval(1440, '24:00'), ['schedule.interval.dailySyncTime']],
    ['daily, at a time without its zero', interval(1440, '9:00'), ['schedule.interval.dailySyncTime']],
    ['daily, in no time zone', interval(1440, '09:00', 'Berlin'), ['schedule.interval.timezone']],
    ['that follows a source which cannot be', { continuous: true }, ['schedule.continuous']],
    ['that does not follow', { continuous: false }, ['schedule.continuous'], { supportsContinuous: true }],
  ])('%s is refused, and the field is named', (_, input, paths, limits) => {
    const parsed = parse(input, limits);
    const issues = 'issues' in parsed ? parsed.issues : [];
    expect(issues.map(({ path }) => path.join('.')).sort()).toEqual(paths);
    for (const { message } of issues) expect(message).toMatch(/^[A-Z].*\.$/);
  });
});

describe('freshness', () => {
  const at = (
    schedule: Partial<Schedule>,
    sensitivity: Parameters<typeof lateAt>[1]['sensitivity'],
    since: string,
    thresholdMinutes: number | null = null,
  ) => lateAt({ ...manualSchedule, ...schedule }, { sensitivity, thresholdMinutes }, new Date(since))?.toISOString() ?? null;
  const hourly: Partial<Schedule> = { type: 'INTERVAL', intervalMinutes: 60, anchoredAt: '2027-01-01T00:00:00Z' };
  const weekdays: Partial<Schedule> = { type: 'CRON', cronExpression: '0 9 * * MON-FRI' };
  const success = '2027-01-01T09:05:00Z';

  test('grows with the distance between runs', () => {
    expect(at(hourly, 'SYNC_FREQUENCY', success)).toBe('2027-01-01T10:05:00.000Z');
    expect(at(hourly, 'HIGH', success)).toBe('2027-01-01T11:05:00.000Z');
    expect(at(hourly, 'NORMAL', success)).toBe('2027-01-01T13:05:00.000Z');
    expect(at(hourly, 'LOW', success)).toBe('2027-01-01T17:05:00.000Z');
    expect(at(hourly, 'CUSTOM', success, 7)).toBe('2027-01-01T09:12:00.000Z');
  });

  test('does not count a weekend on which nothing runs', () => {
    // A Friday.
    expect(at(weekdays, 'SYNC_FREQUENCY', success)).toBe('2027-01-04T09:05:00.000Z');
    expect(at(weekdays, 'HIGH', success)).toBe('2027-01-05T09:05:00.000Z');
  });

  test('expects nothing of what does not run by itself', () => {
    expect(at({}, 'HIGH', success)).toBeNull();
    expect(at({}, 'CUSTOM', success, 5)).toBeNull();
    expect(at({ type: 'CRON', cronExpression: '0 0 9 1 1 ? 2026' }, 'HIGH', success)).toBeNull();
    expect(at({ type: 'CONTINUOUS' }, 'HIGH', success)).toBe('2027-01-01T09:15:00.000Z');
  });

  test('has a threshold of its own only when it is CUSTOM', () => {
    expect(parseFreshness({ sensitivity: 'CUSTOM', thresholdMinutes: 90 })).toEqual({ value: { sensitivity: 'CUSTOM', thresholdMinutes: 90 } });
    expect(parseFreshness({ sensitivity: 'LOW' })).toEqual({ value: { sensitivity: 'LOW', thresholdMinutes: null } });
    for (const input of [
      { sensitivity: 'CUSTOM' },
      { sensitivity: 'CUSTOM', thresholdMinutes: 0 },
      { sensitivity: 'CUSTOM', thresholdMinutes: 525_601 },
      { sensitivity: 'HIGH', thresholdMinutes: 5 },
    ] as const)
      expect(parseFreshness(input)).toMatchObject({ issues: [{ path: ['freshness', 'thresholdMinutes'] }] });
  });
});
