import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueAt } from '../../src/schedule/jitter.ts';
import { latestRun, nextRun, spanBefore, upcomingRuns } from '../../src/schedule/next-run.ts';
import { anchored, manualSchedule, type Schedule } from '../../src/schedule/schedule.ts';
import { expectedRuns, wallClock } from './wall-clock.ts';

const cron = (cronExpression: string, timezone = 'UTC'): Schedule => ({ ...manualSchedule, type: 'CRON', cronExpression, timezone });
const interval = (intervalMinutes: number, anchor: string): Schedule => ({
  ...anchored(manualSchedule, new Date(anchor)),
  type: 'INTERVAL',
  intervalMinutes,
});
const daily = (dailySyncTime: string, timezone: string): Schedule => ({ ...interval(1440, '2027-01-01T00:00:00Z'), dailySyncTime, timezone });
const runs = (schedule: Schedule, after: string, count: number) =>
  upcomingRuns(schedule, count, new Date(after)).map((run) => run.toISOString().slice(0, 16));

const newYork = 'America/New_York';
const berlin = 'Europe/Berlin';
const lordHowe = 'Australia/Lord_Howe';

describe('cron', () => {
  test.each<[string, Schedule, string, string[]]>([
    ['a time of each day', cron('30 9 * * *'), '2027-01-01T10:00:00Z', ['2027-01-02T09:30', '2027-01-03T09:30']],
    ['in a time zone', cron('30 9 * * *', newYork), '2027-01-01T00:00:00Z', ['2027-01-01T14:30', '2027-01-02T14:30']],
    ['on weekdays, over a weekend', cron('0 9 * * MON-FRI'), '2027-01-01T09:00:00Z', ['2027-01-04T09:00', '2027-01-05T09:00']],
    ['Sunday is 0 and 7', cron('0 9 * * 7'), '2027-01-01T09:00:00Z', ['2027-01-03T09:00', '2027-01-10T09:00']],
    ['the 29th of February', cron('0 0 29 2 *'), '2027-01-01T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['the 31st, in months that have one', cron('0 0 31 * *'), '2027-01-31T00:00:00Z', ['2027-03-31T00:00', '2027-05-31T00:00']],
    ['the last day of each month', cron('0 0 L * *'), '2027-01-31T00:00:00Z', ['2027-02-28T00:00', '2027-03-31T00:00']],
    ['across the end of a year', cron('0 0 1 * *', berlin), '2027-12-15T00:00:00Z', ['2027-12-31T23:00', '2028-01-31T23:00']],
    ['a quarter of an hour, as in Quartz', cron('0 0/15 * * * ?'), '2027-01-01T00:00:00Z', ['2027-01-01T00:15', '2027-01-01T00:30']],
    ['Quartz counts Sunday as 1', cron('0 0 10 ? * 2'), '2027-01-01T00:00:00Z', ['2027-01-04T10:00', '2027-01-11T10:00']],
    ['the last Friday, as in Quartz', cron('0 0 10 ? * 6L'), '2027-01-01T00:00:00Z', ['2027-01-29T10:00', '2027-02-26T10:00']],
    ['the working day next to the 15th', cron('0 0 10 15W * ?'), '2027-05-01T00:00:00Z', ['2027-05-14T10:00', '2027-06-15T10:00']],
    ['until its last year', cron('0 0 12 1 1 ? 2027-2028'), '2027-06-01T00:00:00Z', ['2028-01-01T12:00']],
    ['never', cron('0 0 30 2 *'), '2027-06-01T00:00:00Z', []],
  ])('%s', (_, schedule, after, expected) => {
    expect(runs(schedule, after, 2)).toEqual(expected);
  });

  test.each<[string, Schedule, string, string[]]>([
    ['02:30 in the gap comes right after it', cron('30 2 * * *', newYork), '2027-03-13T12:00:00Z', ['2027-03-14T07:00', '2027-03-15T06:30']],
    ['so does 02:30 in Berlin', cron('30 2 * * *', berlin), '2027-03-27T12:00:00Z', ['2027-03-28T01:00', '2027-03-29T00:30']],
    ['and 02:15 in a gap of half an hour', cron('15 2 * * *', lordHowe), '2027-10-02T13:00:00Z', ['2027-10-02T15:30', '2027-10-03T15:15']],
    ['a step of hours is not lost in the gap', cron('0 */2 * * *', newYork), '2027-03-14T04:00:00Z', ['2027-03-14T05:00', '2027-03-14T07:00']],
    ['nor are the minutes of one hour', cron('*/15 2 * * *', newYork), '2027-03-13T08:00:00Z', ['2027-03-14T07:00', '2027-03-15T06:00']],
    ['01:30 that comes twice runs the first time', cron('30 1 * * *', newYork), '2027-11-06T12:00:00Z', ['2027-11-07T05:30', '2027-11-08T06:30']],
    ['so does 02:30 in Berlin', cron('30 2 * * *', berlin), '2027-10-30T12:00:00Z', ['2027-10-31T00:30', '2027-11-01T01:30']],
    ['and 01:45 of the doubled half hour', cron('45 1 * * *', lordHowe), '2027-04-03T13:00:00Z', ['2027-04-03T14:45', '2027-04-04T15:15']],
    [
      'every half hour of the doubled hour, once',
      cron('*/30 1 * * *', newYork),
      '2027-11-07T04:30:00Z',
      ['2027-11-07T05:00', '2027-11-07T05:30', '2027-11-08T06:00'],
    ],
    [
      'every hour runs in both of the doubled hours',
      cron('0 * * * *', newYork),
      '2027-11-07T04:30:00Z',
      ['2027-11-07T05:00', '2027-11-07T06:00', '2027-11-07T07:00'],
    ],
    [
      'every hour runs in each hour around the gap',
      cron('30 * * * *', newYork),
      '2027-03-14T06:00:00Z',
      ['2027-03-14T06:30', '2027-03-14T07:30', '2027-03-14T08:30'],
    ],
    ['a daily time follows the same rule', daily('02:30', newYork), '2027-03-13T12:00:00Z', ['2027-03-14T07:00', '2027-03-15T06:30']],
  ])('when the clocks change: %s', (_, schedule, after, expected) => {
    expect(runs(schedule, after, expected.length)).toEqual(expected);
  });

  const zones = [newYork, berlin, lordHowe, 'America/Santiago', 'Africa/Cairo', 'Asia/Kolkata', 'UTC'];
  const year = new Map(zones.map((zone) => [zone, wallClock(zone, new Date('2027-01-01T00:00:00Z'), new Date('2028-01-01T00:00:00Z'))]));
  const wanted = fc.record({
    zone: fc.constantFrom(...zones),
    hours: fc.option(fc.uniqueArray(fc.nat(23), { minLength: 1, maxLength: 4 })),
    minutes: fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 2 }),
    weekdays: fc.option(fc.uniqueArray(fc.nat(6), { minLength: 1, maxLength: 6 }), { nil: undefined }),
    moments: fc.array(fc.nat(364 * 24 * 60), { minLength: 20, maxLength: 20 }),
  });

  test('over a year no run is left out and none comes twice, in any zone', () => {
    fc.assert(
      fc.property(wanted, ({ zone, hours, minutes, weekdays, moments }) => {
        const clock = year.get(zone) ?? { minutes: [] };
        const schedule = cron(`${minutes} ${hours ?? '*'} * * ${weekdays ?? '*'}`, zone);
        const expected = expectedRuns(clock, { hours, minutes, ...(weekdays ? { weekdays } : {}) });
        const start = clock.minutes[0]?.at ?? 0;
        const actual = upcomingRuns(schedule, expected.length, new Date(start - 1)).map((run) => run.getTime());
        expect(actual).toEqual(expected);
        for (const moment of moments) {
          const after = start + moment * 60_000 + 12_345;
          const following = expected.find((run) => run > after);
          if (following !== undefined) expect(nextRun(schedule, new Date(after))?.getTime()).toBe(following);
        }
      }),
      { numRuns: 12 },
    );
  });
});

describe('an interval', () => {
  test('counts from the time when it was set, whatever the clocks do and however late a run was', () => {
    const hourly = interval(60, '2027-03-13T10:17:23.456Z');
    expect(runs(hourly, '2027-03-14T06:00:00Z', 3)).toEqual(['2027-03-14T06:17', '2027-03-14T07:17', '2027-03-14T08:17']);
    expect(nextRun(hourly, new Date('2027-03-14T06:17:23Z'))?.toISOString()).toBe('2027-03-14T07:17:23.000Z');
    expect(nextRun(hourly, new Date('2027-03-14T06:59:59Z'))?.toISOString()).toBe('2027-03-14T07:17:23.000Z');
  });

  test('goes on in the past of its own start, where a clock that was set back may be', () => {
    expect(runs(interval(1440, '2027-03-13T10:00:00Z'), '2027-03-11T12:00:00Z', 2)).toEqual(['2027-03-12T10:00', '2027-03-13T10:00']);
  });

  test('at every minute of a year the next run is later, never goes back and keeps its distance', () => {
    const start = Date.parse('2027-01-01T00:00:30Z');
    for (const minutes of [1, 60, 1440]) {
      const schedule = interval(minutes, '2026-12-24T18:00:05Z');
      let before = nextRun(schedule, new Date(start))?.getTime() ?? 0;
      for (let minute = 1; minute <= 365 * 1440; minute++) {
        const after = start + minute * 60_000;
        const next = nextRun(schedule, new Date(after))?.getTime() ?? 0;
        if (next <= after || (next !== before && next !== before + minutes * 60_000))
          throw new Error(`after ${new Date(after).toISOString()}: ${new Date(next).toISOString()}`);
        before = next;
      }
    }
  });
});

test('nothing runs by itself without a schedule, nor by the clock when a source is followed', () => {
  for (const type of ['MANUAL', 'CONTINUOUS'] as const) {
    expect(nextRun({ ...manualSchedule, type }, new Date())).toBeNull();
    expect(upcomingRuns({ ...manualSchedule, type }, 5, new Date())).toEqual([]);
  }
});

test('the run before is found across weekends and changes of the clock', () => {
  const weekdays = cron('0 9 * * MON-FRI', newYork);
  expect(latestRun(weekdays, new Date('2027-03-14T20:00:00Z'))?.toISOString()).toBe('2027-03-12T14:00:00.000Z');
  expect(latestRun(weekdays, new Date('2027-03-12T14:00:00Z'))?.toISOString()).toBe('2027-03-12T14:00:00.000Z');
  expect(latestRun(weekdays, new Date('2027-03-12T13:59:59.999Z'))?.toISOString()).toBe('2027-03-11T14:00:00.000Z');
  expect(spanBefore(weekdays, new Date('2027-03-15T13:00:00Z'))).toBe(71 * 3_600_000);
});

describe('the jitter', () => {
  const at = new Date('2027-01-01T12:00:00Z');
  const delay = (schedule: Schedule, id: string) => dueAt(schedule, at, id).getTime() - at.getTime();

  test('is the same for a connection each time, never negative, at most a tenth of the period and 30 s', () => {
    const minutely = interval(1, '2027-01-01T00:00:00Z');
    const hourly = cron('0 * * * *');
    const ids = Array.from({ length: 500 }, (_, index) => `sc_${index}`);
    for (const [schedule, most] of [
      [minutely, 6_000],
      [hourly, 30_000],
    ] as const) {
      const delays = ids.map((id) => delay(schedule, id));
      expect(delays).toEqual(ids.map((id) => delay(schedule, id)));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThan(most);
      // Spread, not bunched: each fifth of the time gets its share.
      for (let part = 0; part < 5; part++) expect(delays.filter((ms) => Math.floor((ms * 5) / most) === part).length).toBeGreaterThan(60);
    }
  });
});
