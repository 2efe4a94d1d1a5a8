import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeRecords } from '../support/fake-records.ts';
import { type Gateway, type Process, startGateway, startSyncWorker } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { connect, endOf, jobWhere, listen, pathOf, recordsOf, run, type Transition } from '../support/sync-jobs.ts';

let server: PostgresServer;
let database: PostgresDatabase;
let first: Gateway;
let second: Gateway;
let workers: Process[] = [];
let env: Record<string, string>;

beforeAll(async () => {
  server = await startPostgres();
  database = await server.createDatabase();
  env = {
    DATABASE_URL: `postgresql://${server.user}:${encodeURIComponent(server.password)}@${server.host}:${server.port}/${database.database}`,
    HEADGATE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    HEADGATE_TICK_MS: '500',
    HEADGATE_JOB_LEASE_SECONDS: '8',
  };
  // All at once on an empty database: one of them makes the tables.
  const [gatewayOne, gatewayTwo, ...started] = await Promise.all([
    startGateway({ env }),
    startGateway({ env }),
    startSyncWorker(env),
    startSyncWorker(env),
  ]);
  [first, second, workers] = [gatewayOne, gatewayTwo, started];
}, 120_000);
afterAll(async () => {
  await Promise.all([first, second, ...workers].map((each) => each.cleanUp()));
  await database.drop();
  await server.stop();
});

/** The transitions of the connection's next job, as somebody sees them who is connected to the gateway. */
async function follow(gateway: Gateway, sourceConnectionId: string): Promise<{ readonly toItsEnd: Promise<number[]> }> {
  const document =
    'subscription ($filter: SyncJobTransitionFilter, $after: String) { syncJobTransitions(filter: $filter, after: $after) { sequence to } }';
  const { syncJobTransitions: before } = await gateway.query('{ syncJobTransitions(first: 1) { pageInfo { endCursor } } }');
  const events = gateway.subscribe<{ syncJobTransitions: Transition }>(document, {
    filter: { sourceConnectionId },
    after: before.pageInfo.endCursor,
  });
  const seen = listen(events, (all) => ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(all.at(-1)?.syncJobTransitions.to ?? ''), 60_000);
  return { toItsEnd: seen.then((all) => all.map(({ syncJobTransitions: { sequence } }) => sequence)) };
}

/** The worker that took the job last: its log says so. */
const holderOf = (jobId: string) => workers.find((worker) => worker.output().includes(`"${jobId}"`));

test('what is asked of one gateway is done by a worker and watched on the other gateway', async () => {
  const { id, collectionId } = await connect(first, { config: { count: 2_000 } });
  const { toItsEnd } = await follow(second, id);
  const job = await endOf(second, await run(first, id));
  expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);
  expect(await toItsEnd).toEqual([1, 2, 3]);
  const orders = await recordsOf(second, collectionId, 'orders');
  expect(orders.sort((a, b) => a['id'] - b['id'])).toEqual(fakeRecords('orders', 2_000));
});

test('a cancel reaches the worker whichever gateway hears it', async () => {
  const { id } = await connect(first, { config: { count: 100_000, recordsPerSecond: 100 } });
  const jobId = await run(first, id);
  await jobWhere(first, jobId, ({ recordsRead }) => recordsRead > 0);
  expect((await mutate(second, 'cancelSyncJob', { id: jobId })).__typename).toBe('CancelSyncJobPayload');
  expect(pathOf(await endOf(first, jobId, 10_000))).toEqual(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);
});

test('a worker that is asked to leave hands its job over, and no attempt is counted', { timeout: 90_000 }, async () => {
  const { id } = await connect(first, { config: { count: 3_000, recordsPerSecond: 400 } });
  const jobId = await run(first, id);
  await jobWhere(first, jobId, ({ recordsRead }) => recordsRead > 500);
  expect(await holderOf(jobId)?.stop()).toBe(0);
  const job = await endOf(second, jobId, 60_000);
  expect([pathOf(job), job.attempt]).toEqual([['PENDING', 'RUNNING', 'WAITING', 'RUNNING', 'SUCCEEDED'], 1]);
  workers.push(await startSyncWorker(env));
});

test('a worker that is killed loses its job to the other, which goes on from the last checkpoint', { timeout: 90_000 }, async () => {
  const { id, collectionId } = await connect(first, { config: { count: 3_000, recordsPerSecond: 400 } });
  const { toItsEnd } = await follow(second, id);
  const jobId = await run(first, id);
  await jobWhere(first, jobId, ({ recordsRead }) => recordsRead > 500);
  await holderOf(jobId)?.kill();
  const job = await endOf(second, jobId, 60_000);
  expect(pathOf(job).slice(0, 4)).toEqual(['PENDING', 'RUNNING', 'WAITING', 'RUNNING']);
  expect([job.status, job.transitions[2]?.reason]).toEqual(['SUCCEEDED', 'its worker was lost']);
  expect(await toItsEnd).toEqual(job.transitions.map(({ sequence }) => sequence));
  const orders = await recordsOf(second, collectionId, 'orders');
  expect(orders.sort((a, b) => a['id'] - b['id'])).toEqual(fakeRecords('orders', 3_000));
});
