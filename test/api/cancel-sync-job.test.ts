import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type FileServer, serveFiles } from '../support/http-files.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { seeded } from '../support/seeded.ts';
import { cancel, connect, endOf, jobWhere, pathOf, readJob, recordsOf, run } from '../support/sync-jobs.ts';

const promisedMs = 10_000;
let gateway: Gateway;
let web: FileServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [gateway, web, postgres] = await Promise.all([
    startGateway({ env: { HEADGATE_TICK_MS: '200', HEADGATE_WORKER_CONCURRENCY: '3' } }),
    serveFiles({ '/silent.csv': { body: 'id,name\n1,a\n2,b\n', stopAfter: { bytes: 14, how: 'silence' } } }),
    startPostgres(),
  ]);
});
afterAll(async () => {
  await gateway?.cleanUp();
  await web?.close();
  await postgres?.stop();
});

const slow = { config: { count: 1_000_000, recordsPerSecond: 2_000 } };
const silent = {
  name: 'Silent file',
  sourceShortName: 'files',
  config: { url: '' },
  streams: [{ name: 'silent' }],
  runSetupTests: false,
};

async function cancelled(jobId: string) {
  const at = Date.now();
  const answer = await cancel(gateway, jobId);
  expect(answer).toMatchObject({ __typename: 'CancelSyncJobPayload', syncJob: { status: 'CANCELLING' } });
  const job = await endOf(gateway, jobId, promisedMs);
  expect(Date.now() - at).toBeLessThan(promisedMs);
  expect(job).toMatchObject({ status: 'CANCELLED', sourceConnection: { activeSyncJob: null } });
  expect(job.sourceConnection.status).not.toBe('SYNCING');
  expect(pathOf(job).slice(-2)).toEqual(['CANCELLING', 'CANCELLED']);
  return job;
}

describe('a cancelled job stops within ten seconds', () => {
  test('while records are coming, and what was committed stays and is counted', async () => {
    const connection = await connect(gateway, slow);
    const jobId = await run(gateway, connection.id);
    await jobWhere(gateway, jobId, ({ recordsRead }) => recordsRead > 0);
    const job = await cancelled(jobId);
    const stored = await recordsOf(gateway, connection.collectionId);
    expect(stored).toHaveLength(job.recordsInserted);
    expect(job.sourceConnection.recordCount).toBe(stored.length);
    expect(job.streams.some(({ status }) => status === 'RUNNING')).toBe(false);
  });

  test('while a web server has stopped in the middle of a file', async () => {
    const connection = await connect(gateway, { ...silent, config: { url: `${web.origin}/silent.csv` } });
    const jobId = await run(gateway, connection.id);
    await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
    await sleep(300);
    await cancelled(jobId);
  });

  test('while a table is locked by somebody else, and a neighbour goes on', async () => {
    const database = await postgres.createDatabase();
    onTestFinished(() => database.drop());
    await database.client.query('create table locked (id int primary key, name text); insert into locked values (1, $$a$$)');
    const { host, port, user: username, password } = postgres;
    const credentials = { host, port, database: database.database, username, password };
    const connection = await connect(gateway, { name: 'Locked table', sourceShortName: 'postgresql', credentials });
    await database.client.query('begin; lock table locked in access exclusive mode');
    const neighbour = await connect(gateway, { config: { count: 3_000, recordsPerSecond: 2_000 } });
    const jobId = await run(gateway, connection.id);
    const neighbourJobId = await run(gateway, neighbour.id);
    await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
    await jobWhere(gateway, neighbourJobId, ({ recordsRead }) => recordsRead > 0);
    await cancelled(jobId);
    expect(await endOf(gateway, neighbourJobId)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
    await database.client.query('rollback');
    expect(await endOf(gateway, await run(gateway, connection.id))).toMatchObject({ status: 'SUCCEEDED', recordsInserted: 1 });
  });
});

test('cancelling a job that nobody works on cancels it at once', async () => {
  const jobs = [];
  for (let index = 0; index < 4; index++) jobs.push(await run(gateway, (await connect(gateway, slow)).id));
  const last = jobs[3] ?? '';
  expect((await readJob(gateway, last)).status).toBe('PENDING');
  expect(await cancel(gateway, last)).toMatchObject({ syncJob: { status: 'CANCELLED' } });
  const job = await readJob(gateway, last);
  expect(pathOf(job)).toEqual(['PENDING', 'CANCELLED']);
  expect(job.sourceConnection).toMatchObject({ status: 'ACTIVE', activeSyncJob: null });
  for (const id of jobs.slice(0, 3)) await jobWhere(gateway, id, ({ status }) => status === 'RUNNING').then(() => cancelled(id));
  expect(await readJob(gateway, last)).toMatchObject({ status: 'CANCELLED', attempt: 1 });
});

test('cancelling twice is cancelling once', async () => {
  const jobId = await run(gateway, (await connect(gateway, slow)).id);
  await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
  const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(gateway, jobId)));
  expect(answers.filter(({ __typename }) => __typename === 'CancelSyncJobPayload')).not.toHaveLength(0);
  // Whoever came after the end is told that there is nothing left to cancel.
  const late = answers.filter(({ __typename }) => __typename !== 'CancelSyncJobPayload');
  for (const answer of late) expect(answer).toMatchObject({ __typename: 'InvalidTransitionError', from: 'CANCELLED' });
  expect(pathOf(await endOf(gateway, jobId))).toEqual(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);
});

test('a job that has ended cannot be cancelled, and the error says from where to where', async () => {
  const jobId = await run(gateway, (await connect(gateway, { config: { count: 10 } })).id);
  await endOf(gateway, jobId);
  expect(await cancel(gateway, jobId)).toMatchObject({
    __typename: 'InvalidTransitionError',
    code: 'INVALID_TRANSITION',
    from: 'SUCCEEDED',
    to: 'CANCELLED',
  });
  expect((await readJob(gateway, jobId)).status).toBe('SUCCEEDED');
});

test('a job that does not exist is not found', async () => {
  const id = 'job_01jd000000e00000000000000a';
  expect(await cancel(gateway, id)).toMatchObject({ __typename: 'NotFoundError', id });
});

test('a cancel that races the end of a job has one winner, and the answer says which', async () => {
  const random = seeded(7);
  const connections = await Promise.all(Array.from({ length: 3 }, () => connect(gateway, { config: { count: 20 } })));
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < 40; round++) {
    await Promise.all(
      connections.map(async ({ id }) => {
        const jobId = await run(gateway, id, { mode: 'FULL_REFRESH' });
        await sleep(random(40));
        const answer = await cancel(gateway, jobId);
        const job = await endOf(gateway, jobId, promisedMs);
        const steps = pathOf(job);
        expect(steps.filter((to) => ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(to))).toEqual([job.status]);
        if (answer.__typename === 'CancelSyncJobPayload') expect(job.status).toBe('CANCELLED');
        else expect(answer).toMatchObject({ __typename: 'InvalidTransitionError', from: 'SUCCEEDED', to: 'CANCELLED' });
        if (job.status === 'SUCCEEDED') expect(job).toMatchObject({ recordsRead: 23 });
        expect(job.sourceConnection).toMatchObject({ status: 'ACTIVE', activeSyncJob: null });
        outcomes[steps.join(' ')] = (outcomes[steps.join(' ')] ?? 0) + 1;
      }),
    );
  }
  // The race was one: both ended first now and then.
  expect(Object.keys(outcomes).length).toBeGreaterThan(1);
}, 120_000);
