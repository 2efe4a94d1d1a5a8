import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { seed } from '../support/seed.ts';
import { endOf, listen } from '../support/sync-jobs.ts';

const hour = 3_600_000;
// Nothing here happens by the tick: what is due is done at its time.
const env = { HEADGATE_TICK_MS: '3600000' };

let gateway: Gateway;
let hourly: string;
let trial: string;
beforeAll(async () => {
  gateway = await startGateway({ env });
  const created = async (input: object) =>
    (
      await seed(gateway)
        .connection({ runSetupTests: false, ...input })
        .created()
    ).id;
  hourly = await created({ schedule: { interval: { minutes: 60 } } });
  trial = await created({ schedule: { interval: { minutes: 1 } }, pauseAt: '2099-01-01T00:00:00Z' });
  await gateway.stop();
  // As if it had been down for more than five hours, in which the trial ended.
  write('update source_connection set next_scheduled_run = next_scheduled_run - ? where id = ?', 6 * hour, hourly);
  write('update source_connection set pause_at = ?, next_scheduled_run = ? where id = ?', Date.now() - hour, Date.now() - 2 * hour, trial);
  gateway = await startGateway({ dataDir: gateway.dataDir, env });
});
afterAll(async () => {
  await gateway?.cleanUp();
});

const write = (sql: string, ...parameters: unknown[]) => {
  const database = new Database(join(gateway.dataDir, 'headgate.db'), { timeout: 5000 });
  try {
    if (database.prepare(sql).run(...parameters).changes === 0) throw new Error('nothing was changed');
  } finally {
    database.close();
  }
};

interface Connection {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly statusReason: string | null;
  readonly health: string;
  readonly pauseReason: string | null;
  readonly pauseAt: string | null;
  readonly nextScheduledRun: string | null;
}
const fields = 'id version status health pauseReason pauseAt nextScheduledRun';
const read = async (id: string): Promise<Connection> =>
  (await gateway.query(`query ($id: ID!) { sourceConnection(id: $id) { ${fields} } }`, { id })).sourceConnection;
const jobsOf = async (
  id: string,
): Promise<{ id: string; trigger: string; requestedBy: { kind: string }; transitions: { reason: string | null }[] }[]> =>
  (
    await gateway.query(
      'query ($id: ID!) { syncJobs(filter: { sourceConnectionId: $id }) { nodes { id trigger requestedBy { kind } transitions { reason } } } }',
      { id },
    )
  ).syncJobs.nodes;
/** What the subscribers of a connection's status are told until it fits. */
const follow = async (id: string, fits: (connection: Connection) => boolean, meanwhile: () => Promise<unknown> = async () => {}) => {
  const document = `subscription ($id: ID!) { sourceConnectionStatus(sourceConnectionIds: [$id]) { ${fields} } }`;
  const events = gateway.subscribe<{ sourceConnectionStatus: Connection }>(document, { id });
  const first = await events.next();
  const before = first.value.data.sourceConnectionStatus as Connection;
  await meanwhile();
  const seen = fits(before) ? [] : await listen(events, (all) => all.some((data) => fits(data.sourceConnectionStatus)));
  return [before, ...seen.map((data) => data.sourceConnectionStatus)];
};

describe('after a time in which nothing ran', () => {
  test('the missed runs are made up for by one, and the next keeps to its grid', async () => {
    await follow(hourly, ({ status }) => status === 'ACTIVE');
    const jobs = await jobsOf(hourly);
    expect(jobs).toMatchObject([{ trigger: 'SCHEDULE', requestedBy: { kind: 'SYSTEM' } }]);
    expect(jobs[0]?.transitions[0]?.reason).toMatch(/^scheduled for .*; the runs missed since count as this one$/);
    expect((await endOf(gateway, jobs[0]?.id ?? '')).status).toBe('SUCCEEDED');
    const next = Date.parse((await read(hourly)).nextScheduledRun ?? '');
    expect(next).toBeGreaterThan(Date.now());
    const scheduledFor = Date.parse(/scheduled for (\S+);/.exec(jobs[0]?.transitions[0]?.reason ?? '')?.[1] ?? '');
    expect((next - scheduledFor) % hour).toBe(0);
  });

  test('what was to be paused meanwhile is paused, and has not run', async () => {
    await follow(trial, ({ status }) => status === 'PAUSED');
    expect(await read(trial)).toMatchObject({ status: 'PAUSED', pauseReason: 'PAUSE_AT', pauseAt: null, nextScheduledRun: null });
    expect(await jobsOf(trial)).toEqual([]);
  });
});

test('a source connection pauses at its time, not at the next tick, and that is pushed', async () => {
  const { id } = await seed(gateway).connection({ runSetupTests: false }).created();
  const pauseAt = new Date(Date.now() + 1500).toISOString();
  const seen = await follow(
    id,
    ({ status }) => status === 'PAUSED',
    () => mutate(gateway, 'updateSourceConnection', { id, pauseAt }),
  );
  expect(seen.map(({ status, pauseReason }) => [status, pauseReason])).toEqual([
    ['UNVERIFIED', null],
    ['PAUSED', 'PAUSE_AT'],
  ]);
});

test('the health of a source connection is pushed when it gets late', async () => {
  const { id } = await seed(gateway)
    .connection({ runSetupTests: false, schedule: { interval: { minutes: 60 } } })
    .created();
  const [before, after] = await follow(
    id,
    ({ health }) => health === 'DELAYED',
    async () => {
      write('update source_connection set delayed_at = ? where id = ?', Date.now() - 1, id);
      // Any change of a time makes the scheduler look.
      await mutate(gateway, 'updateSourceConnection', { id: hourly, pauseAt: '2099-01-01T00:00:00Z' });
    },
  );
  expect([before?.health, after?.health]).toEqual(['ON_SCHEDULE', 'DELAYED']);
  expect(after?.status).toBe(before?.status);
  expect(after?.version).toBeGreaterThan(before?.version ?? 0);
});

test('a source connection that follows its source runs right after each job, and rests when there was nothing new', async () => {
  const { id, syncJob } = await seed(gateway)
    .connection({ runSetupTests: false, schedule: { continuous: true } })
    .synced();
  expect(syncJob.status).toBe('SUCCEEDED');
  const isResting = ({ nextScheduledRun }: Connection) => nextScheduledRun !== null && Date.parse(nextScheduledRun) > Date.now();
  await follow(id, isResting);
  const jobs = await jobsOf(id);
  expect(jobs.map(({ trigger }) => trigger)).toEqual(['CONTINUOUS', 'CREATE']);
  expect(await endOf(gateway, jobs[0]?.id ?? '')).toMatchObject({ status: 'SUCCEEDED', recordsInserted: 0, recordsUpdated: 0 });
  await mutate(gateway, 'updateSourceConnection', { id, schedule: { manual: true } });
  expect(await read(id)).toMatchObject({ nextScheduledRun: null });
});
