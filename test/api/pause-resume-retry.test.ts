import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { serveFiles } from '../support/http-files.ts';
import { mutate } from '../support/mutate.ts';
import { cancel, connect, endOf, jobWhere, listen, pathOf, readJob, recordsOf, run } from '../support/sync-jobs.ts';

const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(() => gateway?.cleanUp());

const slow = { config: { count: 4_000, recordsPerSecond: 1_000 }, streams: [{ name: 'orders' }] };
const running = ({ status, recordsRead }: { status: string; recordsRead: number }) => status === 'RUNNING' && recordsRead > 0;
const paused = ({ waitReason }: { waitReason: string | null }) => waitReason === 'PAUSED';
const read = async (id: string) =>
  (
    await gateway.query(
      `query ($id: ID!) { sourceConnection(id: $id) { status statusReason pauseReason nextScheduledRun activeSyncJob { id } latestSyncJob { id } } }`,
      { id },
    )
  ).sourceConnection;

describe('a sync job that is paused', () => {
  test('lets go of its worker, keeps what it read, and goes on from there', async () => {
    const { id, collectionId } = await connect(gateway, slow);
    const jobId = await run(gateway, id);
    await jobWhere(gateway, jobId, running);
    expect(await mutate(gateway, 'pauseSyncJob', { id: jobId })).toMatchObject({ __typename: 'PauseSyncJobPayload', syncJob: { id: jobId } });
    const waiting = await jobWhere(gateway, jobId, paused);
    expect(waiting).toMatchObject({ status: 'WAITING', attempt: 1, sourceConnection: { status: 'SYNCING' } });
    expect((await recordsOf(gateway, collectionId)).length).toBe(waiting.recordsRead);
    expect(await mutate(gateway, 'pauseSyncJob', { id: jobId })).toMatchObject({ syncJob: { status: 'WAITING' } });

    expect(await mutate(gateway, 'resumeSyncJob', { id: jobId })).toMatchObject({ __typename: 'ResumeSyncJobPayload' });
    const job = await endOf(gateway, jobId);
    expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 1, recordsRead: 4_000, recordsInserted: 4_000 });
    expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', 'WAITING', 'RUNNING', 'SUCCEEDED']);
  });

  test('stays so when the gateway is killed before the worker heard of it', async () => {
    const { id } = await connect(gateway, slow);
    const jobId = await run(gateway, id);
    await jobWhere(gateway, jobId, running);
    await mutate(gateway, 'pauseSyncJob', { id: jobId });
    await gateway.kill();
    gateway = await startGateway({ dataDir: gateway.dataDir, env });
    expect(await jobWhere(gateway, jobId, paused)).toMatchObject({ status: 'WAITING' });
    expect(await cancel(gateway, jobId)).toMatchObject({ syncJob: { status: 'CANCELLED' } });
  });

  test('must be one that can: not one that has ended, or has not begun', async () => {
    const { syncJobId } = await connect(gateway, { config: { count: 1 }, syncImmediately: true });
    await endOf(gateway, syncJobId ?? '');
    for (const verb of ['pauseSyncJob', 'resumeSyncJob', 'retrySyncJob'])
      expect(await mutate(gateway, verb, { id: syncJobId })).toMatchObject({ __typename: 'InvalidTransitionError', from: 'SUCCEEDED' });
    expect(await mutate(gateway, 'pauseSyncJob', { id: 'job_01jd000000e00000000000000a' })).toMatchObject({ __typename: 'NotFoundError' });
  });
});

describe('a job that waits to try again', () => {
  test('as long as its source asks for', async () => {
    const web = await serveFiles({ '/people.csv': { body: 'id,name\n1,a\n', status: 429, headers: { 'retry-after': '3600' } } });
    onTestFinished(() => web.close());
    const { id } = await connect(gateway, {
      name: 'Busy source',
      sourceShortName: 'files',
      config: { url: `${web.origin}/people.csv` },
      runSetupTests: false,
    });
    const jobId = await run(gateway, id);
    await jobWhere(gateway, jobId, ({ waitReason }) => waitReason === 'SOURCE_RATE_LIMIT');
    const { syncJob } = await gateway.query('query ($id: ID!) { syncJob(id: $id) { resumeAt failure { type } } }', { id: jobId });
    expect(syncJob.failure).toEqual({ type: 'RATE_LIMIT' });
    expect(Date.parse(syncJob.resumeAt) - Date.now()).toBeGreaterThan(3_500_000);
    // Whoever knows better does not have to wait.
    web.files.set('/people.csv', { body: 'id,name\n1,a\n' });
    await mutate(gateway, 'resumeSyncJob', { id: jobId });
    expect(await endOf(gateway, jobId)).toMatchObject({ status: 'SUCCEEDED', attempt: 2, recordsRead: 1, failure: null });
  });
});

describe('retrying', () => {
  test('a cancelled job is a new one that does the same, from where that came to', async () => {
    const { id } = await connect(gateway, slow);
    const former = await run(gateway, id, { streams: [{ name: 'orders' }] });
    await jobWhere(gateway, former, running);
    expect(await mutate(gateway, 'retrySyncJob', { id: former })).toMatchObject({ __typename: 'InvalidTransitionError', from: 'RUNNING' });
    await cancel(gateway, former);
    const { recordsRead } = await endOf(gateway, former);
    const { syncJob } = await mutate(gateway, 'retrySyncJob', { id: former }, 'syncJob { id trigger mode }');
    expect(syncJob).toMatchObject({ trigger: 'RETRY', mode: 'INCREMENTAL' });
    expect(await mutate(gateway, 'retrySyncJob', { id: former })).toMatchObject({ __typename: 'SyncInProgressError', syncJob: { id: syncJob.id } });
    expect(await endOf(gateway, syncJob.id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 4_000 - recordsRead });
  });
});

describe('a run while a job is active', () => {
  test('queues behind it, once', async () => {
    const { id } = await connect(gateway, { config: { count: 1_500, recordsPerSecond: 1_000 }, streams: [{ name: 'orders' }] });
    const first = await run(gateway, id);
    const second = await run(gateway, id, { ifRunning: 'QUEUE' });
    expect(second).not.toBe(first);
    expect(await run(gateway, id, { ifRunning: 'QUEUE', mode: 'FULL_REFRESH' })).toBe(second);
    expect(await readJob(gateway, second)).toMatchObject({ status: 'PENDING' });
    expect(await read(id)).toMatchObject({ activeSyncJob: { id: first }, latestSyncJob: { id: first } });
    expect(await endOf(gateway, first)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await endOf(gateway, second)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 0 });
    expect(await read(id)).toMatchObject({ status: 'ACTIVE', activeSyncJob: null, latestSyncJob: { id: second } });
  });

  test('takes its place, and that of what waits behind it', async () => {
    const { id } = await connect(gateway, slow);
    const first = await run(gateway, id);
    await jobWhere(gateway, first, running);
    const waiting = await run(gateway, id, { ifRunning: 'QUEUE' });
    const second = await run(gateway, id, { ifRunning: 'REPLACE' });
    expect(new Set([first, waiting, second]).size).toBe(3);
    expect((await endOf(gateway, first)).status).toBe('CANCELLED');
    expect((await endOf(gateway, waiting)).status).toBe('CANCELLED');
    expect(await endOf(gateway, second)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('that waits behind it is cancelled when the source connection is deleted', async () => {
    const { id } = await connect(gateway, slow);
    const first = await run(gateway, id);
    const second = await run(gateway, id, { ifRunning: 'QUEUE' });
    await mutate(gateway, 'deleteSourceConnection', { id });
    expect((await endOf(gateway, first)).status).toBe('CANCELLED');
    expect((await endOf(gateway, second)).status).toBe('CANCELLED');
  });
});

describe('a source connection that is paused', () => {
  test('lets its active job finish, still runs by hand, and resumes', async () => {
    const { id } = await connect(gateway, { config: { count: 500, recordsPerSecond: 1_000 }, streams: [{ name: 'orders' }] });
    const jobId = await run(gateway, id);
    expect(await mutate(gateway, 'pauseSourceConnection', { id })).toMatchObject({ sourceConnection: { status: 'PAUSED', statusReason: null } });
    expect(await read(id)).toMatchObject({ pauseReason: 'USER' });
    expect((await endOf(gateway, jobId)).status).toBe('SUCCEEDED');
    expect((await endOf(gateway, await run(gateway, id))).status).toBe('SUCCEEDED');
    expect((await read(id)).status).toBe('PAUSED');
    expect(await mutate(gateway, 'resumeSourceConnection', { id })).toMatchObject({ sourceConnection: { status: 'ACTIVE' } });
    expect(await read(id)).toMatchObject({ pauseReason: null });
  });

  test('by ten failed jobs in a row, with warnings before, until somebody resumes it', async () => {
    const { id } = await connect(gateway, { name: 'No such file', sourceShortName: 'files', config: { path: 'nowhere.csv' }, runSetupTests: false });
    const seen = listen(
      gateway.subscribe('subscription ($ids: [ID!]) { sourceConnectionStatus(sourceConnectionIds: $ids) { status statusReason } }', { ids: [id] }),
      (events) => events.at(-1).sourceConnectionStatus.status === 'PAUSED',
    );
    for (let job = 0; job < 10; job++) expect((await endOf(gateway, await run(gateway, id))).status).toBe('FAILED');
    const events = (await seen).map(({ sourceConnectionStatus }) => sourceConnectionStatus);
    const warnings = events.filter(
      ({ status, statusReason }) => status === 'ERROR' && /in a row have failed; after 10 it is paused/.test(statusReason),
    );
    expect(warnings.map(({ statusReason }) => Number(/(\d+) sync jobs in a row/.exec(statusReason)?.[1]))).toEqual([5, 6, 7, 8, 9]);
    expect(events.at(-1).statusReason).toMatch(/^Paused after 10 failed sync jobs in a row\. The last one: /);
    expect(await read(id)).toMatchObject({ pauseReason: 'AUTO_FAILURES', status: 'PAUSED' });
    expect(await mutate(gateway, 'resumeSourceConnection', { id })).toMatchObject({ sourceConnection: { status: 'ERROR' } });
  });
});
