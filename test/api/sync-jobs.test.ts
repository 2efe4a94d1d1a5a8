import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { cancel, connect, endOf, jobWhere, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '200' } });
});
afterAll(() => gateway?.cleanUp());

const document = `query ($filter: SyncJobFilter, $first: Int, $after: String, $last: Int, $before: String) {
  syncJobs(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { id } totalCount pageInfo { endCursor startCursor hasNextPage hasPreviousPage }
  }
}`;
const list = async (variables: object) => (await gateway.query(document, { ...variables })).syncJobs;
const idsOf = async (variables: object): Promise<string[]> => (await list(variables)).nodes.map(({ id }: { id: string }) => id);

test('jobs are listed the newest first, page by page in both directions, and each filter leaves out the others', async () => {
  const [one, other] = await Promise.all([
    connect(gateway, { config: { count: 10 } }),
    connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } }),
  ]);
  const done: string[] = [];
  for (let round = 0; round < 4; round++) {
    const jobId = await run(gateway, one.id);
    await endOf(gateway, jobId);
    done.unshift(jobId);
  }
  const created = await connect(gateway, { config: { count: 10 }, syncImmediately: true });
  await endOf(gateway, created.syncJobId ?? '');
  const running = await run(gateway, other.id);
  await jobWhere(gateway, running, ({ status }) => status === 'RUNNING');
  const all = [running, created.syncJobId, ...done];

  expect(await idsOf({})).toEqual(all);
  expect(await idsOf({ filter: { sourceConnectionId: one.id } })).toEqual(done);
  expect(await idsOf({ filter: { collectionId: other.collectionId } })).toEqual([running]);
  expect(await idsOf({ filter: { statuses: ['RUNNING', 'PENDING'] } })).toEqual([running]);
  expect(await idsOf({ filter: { triggers: ['CREATE'] } })).toEqual([created.syncJobId]);
  expect(await idsOf({ filter: { statuses: [] } })).toEqual([]);
  const { syncJob } = await gateway.query('query ($id: ID!) { syncJob(id: $id) { createdAt } }', { id: created.syncJobId });
  expect(await idsOf({ filter: { createdAfter: syncJob.createdAt } })).toEqual([running]);
  expect(await idsOf({ filter: { createdBefore: syncJob.createdAt } })).toEqual(done);

  const first = await list({ first: 2 });
  expect(first).toMatchObject({ totalCount: null, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
  const second = await list({ first: 10, after: first.pageInfo.endCursor });
  expect([...first.nodes, ...second.nodes].map(({ id }) => id)).toEqual(all);
  expect(await idsOf({ last: 2, before: second.pageInfo.startCursor })).toEqual(all.slice(0, 2));
  const ofOther = await gateway.execute(document, { filter: { sourceConnectionId: one.id }, after: first.pageInfo.endCursor });
  expect(ofOther.errors?.[0]?.extensions?.['code']).toBe('VALIDATION_FAILED');
  await cancel(gateway, running);
});

test('a job that is not there is null, by its own field and as a node', async () => {
  const id = 'job_01jd000000e00000000000000a';
  expect(await gateway.query('query ($id: ID!) { syncJob(id: $id) { id } node(id: $id) { id } }', { id })).toEqual({ syncJob: null, node: null });
});

test('a job tells its times truthfully', async () => {
  const { id } = await connect(gateway, { config: { count: 2_000, recordsPerSecond: 2_000 } });
  const jobId = await run(gateway, id);
  const times = 'query ($id: ID!) { syncJob(id: $id) { createdAt startedAt completedAt durationMs maxAttempts trigger mode requestedBy { kind } } }';
  await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
  const { syncJob: during } = await gateway.query(times, { id: jobId });
  expect(during).toMatchObject({ completedAt: null, trigger: 'MANUAL', mode: 'INCREMENTAL', requestedBy: { kind: 'LOCAL' } });
  await endOf(gateway, jobId);
  const { syncJob } = await gateway.query(times, { id: jobId });
  expect(Date.parse(syncJob.startedAt)).toBeGreaterThanOrEqual(Date.parse(syncJob.createdAt));
  expect(syncJob.durationMs).toBe(Date.parse(syncJob.completedAt) - Date.parse(syncJob.startedAt));
  expect(syncJob.durationMs).toBeGreaterThan(500);
});
