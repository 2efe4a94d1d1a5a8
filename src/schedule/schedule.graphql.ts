import { builder } from '../builder.ts';
import type { ConnectionHealth, Freshness, freshnessSensitivities } from './freshness.ts';
import { nextRuns, previewSchedule } from './preview.ts';
import type { Schedule, scheduleTypes } from './schedule.ts';

/** A run takes about as long to find as ten plain fields take to send. */
const runComplexity = 10;
const complexityOf = ({ count }: { count: number }) => Math.max(1, count) * runComplexity;
const countDescription = 'How many, 1 to 100; fewer come when the schedule ends.';

const ScheduleTypeEnum = builder.enumType('ScheduleType', {
  description: 'What makes a source connection run by itself.',
  values: {
    MANUAL: { description: 'Nothing does: it runs when it is asked to.' },
    CRON: { description: 'A cron expression in a time zone.' },
    INTERVAL: { description: 'So many minutes, counted from the time when the schedule was set; or a time of each day.' },
    CONTINUOUS: { description: 'The end of the last run: it follows its source, for sources with supportsContinuous.' },
  } satisfies Record<(typeof scheduleTypes)[number], object>,
});

export const ScheduleRef = builder.objectRef<Schedule>('Schedule').implement({
  description: 'When a source connection runs by itself.',
  fields: (t) => ({
    type: t.expose('type', { type: ScheduleTypeEnum, description: 'What makes it run.' }),
    cronExpression: t.exposeString('cronExpression', {
      nullable: true,
      description: 'Only of CRON: 5 fields as in cron (Sunday is 0 or 7), or 6 or 7 as in Quartz (Sunday is 1).',
    }),
    timezone: t.exposeString('timezone', { description: 'The IANA time zone that its times are in.' }),
    intervalMinutes: t.exposeInt('intervalMinutes', { nullable: true, description: 'Only of INTERVAL: minutes from one run to the next.' }),
    dailySyncTime: t.exposeString('dailySyncTime', {
      nullable: true,
      description: 'Only of INTERVAL with 1440 minutes: "HH:MM" in the time zone; null = the time of day at which it was set.',
    }),
    upcomingRuns: t.field({
      type: ['DateTime'],
      description:
        'The next times that it names, also of a source connection that is paused. A run starts at its time or up to 30 s later, never before: each connection has a delay of its own, so that not all start at once. Empty for MANUAL and CONTINUOUS.',
      complexity: (args) => complexityOf(args),
      args: { count: t.arg.int({ required: true, defaultValue: 5, description: countDescription }) },
      resolve: (schedule, { count }) => nextRuns(schedule, count),
    }),
  }),
});

const CronScheduleInput = builder.inputType('CronScheduleInput', {
  description: 'Runs at the times of a cron expression.',
  fields: (t) => ({
    expression: t.string({
      required: true,
      description:
        '5 fields as in cron: `30 9 * * MON-FRI`; or 6 or 7 as in Quartz, with seconds first and a year last: `0 30 9 ? * MON-FRI 2027`. A time that is left out when the clocks change comes right after the gap; one that comes twice runs once.',
    }),
    timezone: t.string({ required: true, defaultValue: 'UTC', description: 'An IANA time zone: `Europe/Berlin`.' }),
  }),
});

const IntervalScheduleInput = builder.inputType('IntervalScheduleInput', {
  description: 'Runs every so many minutes.',
  fields: (t) => ({
    minutes: t.int({
      required: true,
      description: 'One of 1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440; not below the minIntervalMinutes of the source.',
    }),
    dailySyncTime: t.string({ description: 'The time of day as "HH:MM" in the time zone; only with 1440 minutes.' }),
    timezone: t.string({ required: true, defaultValue: 'UTC', description: 'An IANA time zone, for dailySyncTime: `Europe/Berlin`.' }),
  }),
});

export const ScheduleInput = builder.inputType('ScheduleInput', {
  description: 'When a source connection is to run by itself: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    manual: t.boolean({ description: 'True: only when it is asked to.' }),
    cron: t.field({ type: CronScheduleInput, description: 'At the times of a cron expression.' }),
    interval: t.field({ type: IntervalScheduleInput, description: 'Every so many minutes, or daily at a time.' }),
    continuous: t.boolean({
      description:
        'True: again as soon as the last run is over, after a few seconds when it found nothing new. For sources with supportsContinuous; best when every stream is read incrementally, as others are read whole each time.',
    }),
  }),
});

const FreshnessSensitivityEnum = builder.enumType('FreshnessSensitivity', {
  description: 'How soon a source connection that has not synced counts as DELAYED. A period is the distance between two runs of its schedule.',
  values: {
    LOW: { description: 'Eight periods after the last success.' },
    NORMAL: { description: 'Four periods after the last success.' },
    HIGH: { description: 'Two periods after the last success.' },
    CUSTOM: { description: 'So many minutes after the last success as its threshold says.' },
    SYNC_FREQUENCY: { description: 'One period after the last success.' },
  } satisfies Record<(typeof freshnessSensitivities)[number], object>,
});

export const FreshnessRef = builder.objectRef<Freshness>('Freshness').implement({
  description: 'How late the records of a source connection may be.',
  fields: (t) => ({
    sensitivity: t.expose('sensitivity', { type: FreshnessSensitivityEnum, description: 'How soon it counts as DELAYED.' }),
    thresholdMinutes: t.exposeInt('thresholdMinutes', { nullable: true, description: 'Minutes after the last success; only of CUSTOM.' }),
  }),
});

export const FreshnessInput = builder.inputType('FreshnessInput', {
  description: 'How late the records of a source connection may be.',
  fields: (t) => ({
    sensitivity: t.field({ type: FreshnessSensitivityEnum, required: true, description: 'How soon it counts as DELAYED.' }),
    thresholdMinutes: t.int({ description: 'Minutes after the last success, 1 to 525600; CUSTOM needs it, and only CUSTOM has it.' }),
  }),
});

export const ConnectionHealthEnum = builder.enumType('ConnectionHealth', {
  description: 'Whether a source connection keeps to its schedule.',
  values: {
    ON_SCHEDULE: { description: 'Its last success is recent enough, or nothing is expected of it: it has no schedule, or is paused.' },
    DELAYED: { description: 'It has not succeeded for longer than its freshness allows.' },
  } satisfies Record<ConnectionHealth, object>,
});

builder.queryField('schedulePreview', (t) =>
  t.field({
    type: ['DateTime'],
    description: 'The next runs that a schedule would have, to show beside a form. Says what is wrong with it as the mutations do.',
    complexity: (args) => complexityOf(args),
    args: {
      schedule: t.arg({ type: ScheduleInput, required: true, description: 'The schedule.' }),
      count: t.arg.int({ required: true, defaultValue: 5, description: countDescription }),
    },
    resolve: (_root, { schedule, count }) => previewSchedule(schedule, count),
  }),
);
