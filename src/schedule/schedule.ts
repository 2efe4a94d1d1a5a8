export const scheduleTypes = ['MANUAL', 'CRON', 'INTERVAL', 'CONTINUOUS'] as const;
export type ScheduleType = (typeof scheduleTypes)[number];

/** The intervals that there are, in minutes. */
export const intervalChoices: readonly number[] = [1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440];
export const minutesOfDay = 1440;

/** When a source connection runs by itself, as it is stored. */
export interface Schedule {
  readonly type: ScheduleType;
  /** Only of CRON: 5 fields, or 6 or 7 as in Quartz. */
  readonly cronExpression: string | null;
  /** IANA name. */
  readonly timezone: string;
  /** Only of INTERVAL. */
  readonly intervalMinutes: number | null;
  /** "HH:MM" in the time zone; only of INTERVAL, and only with 1440 minutes. */
  readonly dailySyncTime: string | null;
  /** ISO 8601: when it was set. Intervals are counted from here, so that late runs do not shift the ones after them. */
  readonly anchoredAt: string | null;
}

export const manualSchedule: Schedule = {
  type: 'MANUAL',
  cronExpression: null,
  timezone: 'UTC',
  intervalMinutes: null,
  dailySyncTime: null,
  anchoredAt: null,
};

/** The schedule as if it were set at this time. Whole seconds are easier to read. */
export function anchored(schedule: Schedule, at: Date): Schedule {
  return { ...schedule, anchoredAt: new Date(Math.floor(at.getTime() / 1000) * 1000).toISOString() };
}

/** Whether two schedules have the same runs, whenever they were set. */
export function isSameSchedule(a: Schedule, b: Schedule): boolean {
  return (
    a.type === b.type &&
    a.cronExpression === b.cronExpression &&
    a.timezone === b.timezone &&
    a.intervalMinutes === b.intervalMinutes &&
    a.dailySyncTime === b.dailySyncTime
  );
}
