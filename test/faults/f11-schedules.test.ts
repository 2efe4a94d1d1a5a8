import { expectedRuns, wallClock } from '../schedule/wall-clock.ts';
import { readControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import { connect, endOf, run as runConnection } from '../support/sync-jobs.ts';
import { createFakeClock, noFakeClock } from './support/fake-clock.ts';
import { type FaultRun, fault } from './support/fault.ts';
import { type Subject, startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const minuteMs = 60_000;
const timezone = 'America/New_York';
/** A run is held back by so much at most, so that not all of them come at once. */
const heldBackMs = 31_000;

interface Scheduled {
  readonly id: string;
  readonly wanted: Parameters<typeof expectedRuns>[1];
}

const start = async (run: FaultRun, at: Date, env: Record<string, string> = {}) => {
  const clock = createFakeClock(run);
  clock.set(at);
  return { clock, subject: await startSubject(run, { env: { ...clock.env, ...env } }) };
};

const schedule = async ({ gateway }: Subject, name: string, expression: string, wanted: Scheduled['wanted']): Promise<Scheduled> => {
  const { id } = await connect(gateway, { name, config: { count: 1 }, schedule: { cron: { expression, timezone } } });
  return { id, wanted };
};

/** For when the jobs of a connection were, ended or not, in the order in which they were started. */
const runsOf = (subject: Subject, id: string) =>
  readControlRows(subject, (database) =>
    database.prepare('select scheduled_for from sync_job where source_connection_id = ? and scheduled_for is not null order by id').pluck().all(id),
  ) as number[];
const shown = (times: readonly number[]) => times.map((time) => new Date(time).toISOString()).join(', ');

fault(
  {
    id: 'F11',
    what: 'the days on which daylight saving begins and ends pass by, in New York, with runs every half hour, at 1:30 and at 2:30',
    promises: ['G2', 'G3', 'G5', 'whole'],
    runs: { short: 1, long: 10 },
    notHere: noFakeClock,
  },
  async (run) => {
    // One day after the other, the first one drawn.
    const days = ['2027-03-14T05:40:00Z', '2027-11-07T04:40:00Z'];
    const from = new Date(Date.parse(days[run.seed % 2] ?? '') + run.random(10) * minuteMs);
    const { clock, subject } = await start(run, from);
    const half = await schedule(subject, 'Every half hour', '0,30 * * * *', { hours: null, minutes: [0, 30] });
    const early = await schedule(subject, 'At half past one', '30 1 * * *', { hours: [1], minutes: [30] });
    const late = await schedule(subject, 'At half past two', '30 2 * * *', { hours: [2], minutes: [30] });
    const to = new Date(from.getTime() + 240 * minuteMs);
    const wall = wallClock(timezone, new Date(Math.floor(from.getTime() / (15 * minuteMs)) * 15 * minuteMs), to);
    const expected = [half, early, late].map(({ id, wanted }) => ({ id, times: expectedRuns(wall, wanted).filter((time) => time > from.getTime()) }));
    for (const time of new Set(expected.flatMap(({ times }) => times).toSorted())) {
      clock.set(new Date(time + heldBackMs));
      for (const { id, times } of expected) {
        const due = times.filter((each) => each <= time);
        await eventually(() => {
          const seen = runsOf(subject, id);
          hold('G3', seen.join() === due.join(), `expected the runs ${shown(due)}, there were ${shown(seen)}`);
        }, 8_000);
      }
      await settled(subject);
      run.count('scheduled times');
    }
    await clock.check(subject.gateway);
    await subject.check();
  },
);

fault(
  {
    id: 'F11',
    what: 'the clock is set forward by three hours and back by a day between scheduled runs, and while a job waits for its next attempt',
    promises: ['G2', 'G3', 'G5', 'whole'],
    runs: { short: 1, long: 10 },
    notHere: noFakeClock,
  },
  async (run) => {
    const { clock, subject } = await start(run, new Date('2027-06-01T12:00:10Z'), { HEADGATE_RETRY_BASE_MS: '300' });
    const { id } = await schedule(subject, 'Every half hour', '0,30 * * * *', { hours: null, minutes: [0, 30] });
    const failing = await connect(subject.gateway, { name: 'Breaks off', config: { count: 10, failAfter: 5 } });
    for (const jump of [180, -1440].toSorted(() => run.random(2) - 0.5)) {
      const waiting = await runConnection(subject.gateway, failing.id);
      await eventually(() => hold('G3', statusOf(subject, waiting) === 'WAITING', 'the job that breaks off does not wait'));
      clock.set(new Date(clock.now() + jump * minuteMs));
      await clock.check(subject.gateway);
      // Until five attempts have failed, with less than 5 s between them, all told.
      const job = await endOf(subject.gateway, waiting, 30_000).catch(() => undefined);
      hold('G3', job?.status === 'FAILED', `a job that waited for its next attempt waits on after the clock was set by ${jump} minutes`);
      for (let step = 0; step < 2; step++) {
        const next = Math.ceil((clock.now() + 1) / (30 * minuteMs)) * 30 * minuteMs;
        clock.set(new Date(next + heldBackMs));
        await eventually(
          () => hold('G3', runsOf(subject, id).includes(next), `the run of ${shown([next])} was skipped: ${shown(runsOf(subject, id))}`),
          8_000,
        );
        await settled(subject);
        run.count('scheduled times');
      }
      run.count('jumps');
    }
    const times = runsOf(subject, id);
    hold('G2', new Set(times).size === times.length, `a run came twice: ${shown(times)}`);
    await subject.check();
  },
);

const statusOf = (subject: Subject, jobId: string) =>
  readControlRows(subject, (database) => database.prepare('select status from sync_job where id = ?').pluck().get(jobId));

/** A run that comes while a job is active would be skipped, as it should. */
const settled = (subject: Subject) =>
  eventually(() => {
    const active = readControlRows(subject, (database) => database.prepare('select count(*) from sync_job where completed_at is null').pluck().get());
    hold('G3', active === 0, `${String(active)} jobs do not end`);
  });
