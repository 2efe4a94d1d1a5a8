import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CreateInput, createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { findDue } from '../../src/connection-lifecycle/due.ts';
import { startScheduler } from '../../src/connection-lifecycle/scheduler.ts';
import type { Db } from '../../src/db/rows.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { type ConnectionChanges, changeSourceConnection } from '../../src/source-connection/facets.ts';
import { getSourceConnection } from '../../src/source-connection/read.ts';
import type { SourceConnection } from '../../src/source-connection/source-connection.entity.ts';
import { updateSourceConnection } from '../../src/source-connection/update.ts';
import { claimSyncJob } from '../../src/sync-job/claim.ts';
import { finishSyncJob } from '../../src/sync-job/finish.ts';
import type { SyncJob } from '../../src/sync-job/sync-job.entity.ts';
import { type OpenServices, openServices } from '../support/services.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** The most that a run is held back. */
const jitter = 30_000;

import { explain, recordingTo } from '../support/statements.ts';

let open: OpenServices;
/** The clock of the scheduler; what is created takes the machine's. */
let clock = new Date();
let scheduler: ReturnType<typeof startScheduler>;
beforeEach(async () => {
  // Ticks only when it is told to.
  open = await openServices({ env: { HEADGATE_TICK_MS: '3600000' } });
  clock = new Date();
  scheduler = startScheduler(open.gateway, { now: () => clock });
});
afterEach(async () => {
  await scheduler.stop();
  await open.close();
});

const create = async (input: Partial<CreateInput> = {}): Promise<SourceConnection> => {
  const required = { name: 'Scheduled', sourceShortName: 'faker', config: { count: 10 }, runSetupTests: false, syncImmediately: false };
  return (await createSourceConnection(open.ctx, { ...required, ...input })).sourceConnection;
};
const every = (minutes: number) => ({ schedule: { interval: { minutes, timezone: 'UTC' } } });
const read = (id: string) => getSourceConnection(open.ctx, id);
const nextOf = async (id: string) => (await read(id)).nextScheduledRun?.getTime() ?? Number.NaN;
const change = (id: string, changes: ConnectionChanges) => inTransaction(open.gateway, (tx) => changeSourceConnection(tx, id, changes));
const tickAt = async (time: number | Date) => {
  clock = new Date(time);
  await scheduler.tick();
};
interface JobRow {
  readonly id: string;
  readonly trigger: string;
  readonly scheduledFor: number | null;
  readonly by: string;
  readonly reason: string | null;
}
const jobsOf = (id: string) =>
  open.control.native
    .prepare<[string], JobRow>(
      `select job.id, job.trigger, job.scheduled_for as scheduledFor, json_extract(job.requested_by, '$.kind') as "by", first.reason
       from sync_job job join sync_job_transition first on first.sync_job_id = job.id and first.sequence = 1 where job.source_connection_id = ? order by job.id`,
    )
    .all(id);
const logOf = (jobId: string) =>
  open.control.native
    .prepare<[string], { message: string }>('select message from sync_job_log where sync_job_id = ?')
    .all(jobId)
    .map(({ message }) => message);
const end = async (jobId: string, to: 'SUCCEEDED' | 'FAILED' = 'SUCCEEDED', set: Partial<SyncJob> = {}) => {
  const claim = await claimSyncJob(open.worker, jobId);
  if (!claim) throw new Error('the job could not be claimed');
  await finishSyncJob(open.worker, claim, { to, set });
};
const endAll = async (id: string) => {
  const { activeSyncJobId } = await read(id);
  if (activeSyncJobId) await end(activeSyncJobId);
};

describe('a run that is due', () => {
  test('starts within half a minute after its time, never before it, and sets the next one', async () => {
    const { id, nextScheduledRun } = await create(every(60));
    const run = nextScheduledRun?.getTime() ?? 0;
    await tickAt(run - 1);
    expect(jobsOf(id)).toEqual([]);
    await tickAt(run + jitter);
    const iso = new Date(run).toISOString();
    expect(jobsOf(id)).toMatchObject([{ trigger: 'SCHEDULE', scheduledFor: run, by: 'SYSTEM', reason: `scheduled for ${iso}` }]);
    expect(await nextOf(id)).toBe(run + hour);
    expect(await read(id)).toMatchObject({ status: 'SYNCING', activeSyncJobId: jobsOf(id)[0]?.id });
    await tickAt(run + jitter);
    expect(jobsOf(id)).toHaveLength(1);
  });

  test('counts for all that were missed, and the next keeps to the grid', async () => {
    const { id, nextScheduledRun } = await create(every(60));
    const run = nextScheduledRun?.getTime() ?? 0;
    await tickAt(run + 10.5 * hour);
    expect(jobsOf(id)).toMatchObject([{ scheduledFor: run, reason: expect.stringContaining('the runs missed since count as this one') }]);
    expect(await nextOf(id)).toBe(run + 11 * hour);
  });

  test('is skipped while a job is active, and the log of that job says so, beside the lines of its worker', async () => {
    const { id, nextScheduledRun } = await create({ ...every(60), syncImmediately: true });
    const [first] = jobsOf(id);
    const run = nextScheduledRun?.getTime() ?? 0;
    const { version } = await read(id);
    await tickAt(run + jitter);
    expect(jobsOf(id)).toHaveLength(1);
    expect(logOf(first?.id ?? '')).toEqual([`The run scheduled for ${new Date(run).toISOString()} was skipped: this job was still active.`]);
    expect(await nextOf(id)).toBe(run + hour);
    expect((await read(id)).version).toBeGreaterThan(version);
    await end(first?.id ?? '');
    await tickAt(run + hour + jitter);
    expect(jobsOf(id)).toHaveLength(2);
  });

  test('is started by one of two schedulers on the same database', async () => {
    const other = await openServices({ dataDir: open.dataDir, env: { HEADGATE_TICK_MS: '3600000' } });
    const rival = startScheduler(other.gateway, { now: () => clock });
    try {
      const ids = [];
      for (let count = 0; count < 12; count++) ids.push((await create(every(60))).id);
      for (let round = 0; round < 3; round++) {
        clock = new Date(clock.getTime() + hour + jitter);
        await Promise.all([scheduler.tick(), rival.tick()]);
        for (const id of ids) {
          expect(jobsOf(id)).toHaveLength(round + 1);
          await endAll(id);
        }
      }
    } finally {
      await rival.stop();
      await other.close();
    }
  });
});

test('what is due is looked up in an index, whatever the number of connections', async () => {
  // Not through a context: it looks after every organization.
  const everywhere = (open.gateway.db as Kysely<unknown>).withPlugin(recordingTo(open.statements)) as Db;
  await findDue(everywhere, clock);
  expect(open.statements).toHaveLength(6);
  for (const plan of open.statements.map((statement) => explain(open.control.native, statement))) {
    expect(plan.filter((step) => /^SCAN |TEMP B-TREE/.test(step))).toEqual([]);
    expect(plan.some((step) => /USING (COVERING )?INDEX source_connection_due_/.test(step))).toBe(true);
  }
});

describe('when the clocks change', () => {
  test.each([
    ['in the gap', '2027-03-13T00:00:00Z', ['2027-03-13T07:30:00.000Z', '2027-03-14T07:00:00.000Z', '2027-03-15T06:30:00.000Z'], '30 2 * * *'],
    [
      'in the doubled hour',
      '2027-11-06T00:00:00Z',
      ['2027-11-06T05:30:00.000Z', '2027-11-07T05:30:00.000Z', '2027-11-08T06:30:00.000Z'],
      '30 1 * * *',
    ],
  ])('a run %s comes once', async (_, start, expected, expression) => {
    const { id } = await create({ schedule: { cron: { expression, timezone: 'America/New_York' } } });
    await change(id, { nextScheduledRun: new Date(expected[0] ?? '') });
    for (let time = Date.parse(start); time < Date.parse(start) + 3 * day; time += 10 * minute) {
      await tickAt(time);
      await endAll(id);
    }
    expect(jobsOf(id).map(({ scheduledFor }) => new Date(scheduledFor ?? 0).toISOString())).toEqual(expected);
  });
});

describe('a clock that is set', () => {
  test('forward starts one run; back to where it was none again, and leaves no hole', async () => {
    const { id, nextScheduledRun } = await create(every(60));
    const run = nextScheduledRun?.getTime() ?? 0;
    const runs = () => jobsOf(id).map(({ scheduledFor }) => ((scheduledFor ?? 0) - run) / hour);
    await tickAt(run + jitter);
    await endAll(id);
    await tickAt(run + day + jitter);
    await endAll(id);
    expect(runs()).toEqual([0, 1]);
    expect(await nextOf(id)).toBe(run + day + hour);

    await tickAt(run - 10 * minute);
    expect(await nextOf(id)).toBe(run);
    for (let time = run; time <= run + 4 * hour; time += 5 * minute) {
      await tickAt(time + jitter);
      await endAll(id);
    }
    // What has run at its time, or in the name of those that were missed, does not run again.
    expect(runs()).toEqual([0, 1, 2, 3, 4]);
  });

  test('back brings what waits for its next attempt forward by as much', async () => {
    const { id } = await create({ syncImmediately: true });
    const { activeSyncJobId } = await read(id);
    const claim = await claimSyncJob(open.worker, activeSyncJobId ?? '');
    if (!claim) throw new Error('the job could not be claimed');
    const resumeAt = new Date(clock.getTime() + 10 * minute);
    await finishSyncJob(open.worker, claim, { to: 'WAITING', set: { waitReason: 'RETRY_BACKOFF', resumeAt } });
    await tickAt(clock);
    await tickAt(clock.getTime() - day);
    const { resume_at } = open.control.native.prepare('select resume_at from sync_job').get() as { resume_at: number };
    expect(resume_at).toBe(resumeAt.getTime() - day);
  });

  test('back while nobody was looking leaves no hole either', async () => {
    const { id } = await create({ ...every(60), syncImmediately: true });
    await endAll(id);
    await change(id, { nextScheduledRun: new Date(Date.now() + 3 * day) });
    await tickAt(Date.now() - day);
    expect(await nextOf(id)).toBeLessThanOrEqual(clock.getTime() + hour);
  });
});

describe('a suspended schedule', () => {
  test.each<[string, ConnectionChanges, ConnectionChanges | null]>([
    ['paused', { pausedAt: new Date(), pauseReason: 'USER' }, { pausedAt: null, pauseReason: null }],
    ['in need of new credentials', { credentialsRefused: true, lastFailure: 'refused' }, { credentialsRefused: false, lastFailure: null }],
    ['waiting for an authorization', { authorizationPending: true }, { authorizationPending: false }],
    ['being deleted', { deletingAt: new Date() }, null],
  ])('of a connection that is %s starts nothing; resumed, it goes on from then', async (_, suspend, resume) => {
    const { id, nextScheduledRun } = await create(every(60));
    await change(id, suspend);
    expect(await read(id)).toMatchObject({ nextScheduledRun: null });
    if (resume) await updateSourceConnection(open.ctx, { id, name: 'Still there' });
    await tickAt(Date.now() + 30 * day);
    expect(jobsOf(id)).toEqual([]);
    if (!resume) return;
    await change(id, resume);
    expect(await nextOf(id)).toBe(nextScheduledRun?.getTime());
  });

  test('takes the schedule that it is given meanwhile', async () => {
    const { id } = await create(every(60));
    await change(id, { pausedAt: new Date(), pauseReason: 'USER' });
    await updateSourceConnection(open.ctx, { id, ...every(5) });
    expect(await read(id)).toMatchObject({ nextScheduledRun: null, schedule: { intervalMinutes: 5 } });
    await change(id, { pausedAt: null, pauseReason: null });
    expect((await nextOf(id)) - Date.now()).toBeLessThanOrEqual(5 * minute);
  });
});

describe('the time to pause', () => {
  test('pauses, and lets the active job finish', async () => {
    const pauseAt = new Date(Date.now() + day);
    const { id } = await create({ ...every(60), pauseAt, syncImmediately: true });
    await tickAt(pauseAt.getTime() - 1);
    expect(await read(id)).toMatchObject({ status: 'SYNCING', pauseAt });
    await tickAt(pauseAt);
    expect(await read(id)).toMatchObject({ status: 'PAUSED', pauseReason: 'PAUSE_AT', pauseAt: null, pausedAt: pauseAt, nextScheduledRun: null });
    await endAll(id);
    expect(await read(id)).toMatchObject({ status: 'PAUSED', activeSyncJobId: null });
    await tickAt(pauseAt.getTime() + day);
    expect(jobsOf(id)).toHaveLength(1);
  });

  test('leaves one that somebody paused before as it is', async () => {
    const pauseAt = new Date(Date.now() + day);
    const { id } = await create({ ...every(60), pauseAt });
    const pausedAt = new Date();
    await change(id, { pausedAt, pauseReason: 'USER' });
    await tickAt(pauseAt);
    expect(await read(id)).toMatchObject({ status: 'PAUSED', pauseReason: 'USER', pausedAt, pauseAt: null });
  });
});

describe('health', () => {
  const statusChanges = (id: string) =>
    open.control.native.prepare('select count(*) from source_connection_status_change where source_connection_id = ?').pluck().get(id);

  test('is DELAYED when no job has succeeded for too long, and well again with the next success', async () => {
    const { id, delayedAt } = await create({ ...every(60), freshness: { sensitivity: 'HIGH' } });
    const late = delayedAt?.getTime() ?? 0;
    expect(Math.round((late - Date.now()) / hour)).toBe(2);
    await change(id, { nextScheduledRun: null });
    const before = await read(id);
    await tickAt(late - 1);
    expect((await read(id)).health).toBe('ON_SCHEDULE');
    const logged = Number(statusChanges(id));
    await tickAt(late);
    const delayed = await read(id);
    expect(delayed).toMatchObject({ health: 'DELAYED', status: before.status });
    expect(delayed.version).toBeGreaterThan(before.version);
    expect(statusChanges(id)).toBe(logged + 1);
    await tickAt(late + hour);
    expect(await read(id)).toEqual(delayed);

    await updateSourceConnection(open.ctx, { id, schedule: { interval: { minutes: 120, timezone: 'UTC' } } });
    expect((await read(id)).health).toBe('ON_SCHEDULE');
    await change(id, { lastSucceededAt: new Date(Date.now() - day) });
    expect((await read(id)).health).toBe('DELAYED');
    await tickAt((await nextOf(id)) + jitter);
    await endAll(id);
    expect(await read(id)).toMatchObject({ health: 'ON_SCHEDULE', lastSucceededAt: expect.any(Date) });
  });

  test('expects nothing without a schedule, nor while paused', async () => {
    const manual = await create();
    const paused = await create(every(1));
    await change(paused.id, { pausedAt: new Date(), pauseReason: 'USER' });
    await tickAt(Date.now() + 30 * day);
    for (const { id } of [manual, paused]) expect(await read(id)).toMatchObject({ health: 'ON_SCHEDULE', delayedAt: null });
    await change(paused.id, { pausedAt: null, pauseReason: null });
    expect((await read(paused.id)).delayedAt?.getTime()).toBeGreaterThan(Date.now());
  });

  test('of credentials that were refused is DELAYED too', async () => {
    const { id } = await create(every(60));
    await change(id, { credentialsRefused: true, lastFailure: 'refused' });
    await tickAt(Date.now() + day);
    expect(await read(id)).toMatchObject({ status: 'NEEDS_REAUTH', health: 'DELAYED' });
  });
});

describe('a connection that follows its source', () => {
  const following = () => create({ schedule: { continuous: true } });
  const restAfter = async (id: string) => (await nextOf(id)) - Date.now();
  const latest = (id: string) => jobsOf(id).at(-1)?.id ?? '';

  test('runs at once, and again as soon as a job with something new has ended', async () => {
    const { id } = await following();
    await tickAt(Date.now());
    expect(jobsOf(id)).toMatchObject([{ trigger: 'CONTINUOUS', scheduledFor: null, by: 'SYSTEM' }]);
    expect((await read(id)).nextScheduledRun).toBeNull();
    await end(latest(id), 'SUCCEEDED', { recordsInserted: 3 });
    await tickAt(Date.now());
    expect(jobsOf(id)).toHaveLength(2);
  });

  test('waits a little when there is nothing new, and longer after each failure', async () => {
    const { id } = await following();
    const rests: number[] = [];
    for (const [to, failures] of [
      ['SUCCEEDED', 0],
      ['FAILED', 0],
      ['FAILED', 2],
      ['FAILED', 7],
    ] as const) {
      await tickAt(await nextOf(id));
      open.control.native.prepare('update source_connection set consecutive_failures = ? where id = ?').run(failures, id);
      await end(latest(id), to);
      rests.push(Math.round((await restAfter(id)) / 1000));
    }
    expect(jobsOf(id)).toHaveLength(4);
    for (const [index, seconds] of [5, 60, 240, 1800].entries()) expect(Math.abs((rests[index] ?? 0) - seconds)).toBeLessThanOrEqual(1);
  });

  test('stops when it gets another schedule or is paused, and starts again', async () => {
    const { id } = await following();
    await updateSourceConnection(open.ctx, { id, schedule: { manual: true } });
    expect((await read(id)).nextScheduledRun).toBeNull();
    await updateSourceConnection(open.ctx, { id, schedule: { continuous: true } });
    expect(await restAfter(id)).toBeLessThanOrEqual(0);
    await change(id, { pausedAt: new Date(), pauseReason: 'USER' });
    expect((await read(id)).nextScheduledRun).toBeNull();
    await change(id, { pausedAt: null, pauseReason: null });
    expect(await restAfter(id)).toBeLessThanOrEqual(0);
  });
});
