import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { cancel, connect, endOf, jobWhere, listen, readJob, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '200' } });
});
afterAll(() => gateway?.cleanUp());

interface Progress {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly recordsRead: number;
}
const document = 'subscription ($ids: [ID!]!) { syncJobProgress(syncJobIds: $ids) { id version status recordsRead } }';
const follow = async (ids: readonly string[], enough: (seen: readonly Progress[]) => boolean = () => false) => {
  const events = gateway.subscribe<{ syncJobProgress: Progress }>(document, { ids });
  return (await listen(events, (seen) => enough(seen.map((data) => data.syncJobProgress)))).map((data) => data.syncJobProgress);
};
const failsWith = async (ids: readonly string[]) => {
  const { value } = await gateway
    .subscribe(document, { ids })
    .next()
    .catch((error: unknown) => ({ value: { errors: error } }));
  return value.errors[0].extensions.code;
};

test('a job is told at once, at most four times a second, and always its end, which completes the subscription', async () => {
  const { id } = await connect(gateway, { config: { count: 9_000, recordsPerSecond: 3_000 } });
  const jobId = await run(gateway, id);
  await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
  const startedAt = performance.now();
  const seen = await follow([jobId]);
  const seconds = (performance.now() - startedAt) / 1000;

  expect(seen.length).toBeGreaterThan(2);
  expect(seen.length).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 2);
  const versions = seen.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  const read = seen.map(({ recordsRead }) => recordsRead);
  expect(read).toEqual([...read].sort((a, b) => a - b));
  const { version, recordsRead } = await readJob(gateway, jobId);
  expect(seen.at(-1)).toEqual({ id: jobId, version, status: 'SUCCEEDED', recordsRead });
  expect(recordsRead).toBe(9_000 + 900 + 450);
});

test('a job that has ended is told once', async () => {
  const jobId = await run(gateway, (await connect(gateway, { config: { count: 10 } })).id);
  await endOf(gateway, jobId);
  expect(await follow([jobId, jobId])).toMatchObject([{ id: jobId, status: 'SUCCEEDED' }]);
  expect(await follow([])).toEqual([]);
});

test('several jobs are followed to the end of the last, for several subscribers', async () => {
  const connections = await Promise.all([1_000, 2_000, 4_000].map((count) => connect(gateway, { config: { count, recordsPerSecond: 2_000 } })));
  const jobIds: string[] = [];
  for (const { id } of connections) jobIds.push(await run(gateway, id));
  await cancel(gateway, jobIds[2] ?? '');
  const all = await Promise.all([follow(jobIds), follow(jobIds.slice(0, 2)), follow(jobIds)]);
  for (const [index, seen] of all.entries()) {
    const followed = index === 1 ? jobIds.slice(0, 2) : jobIds;
    const ends = followed.map((jobId) => seen.filter(({ id }) => id === jobId).at(-1)?.status);
    expect(ends).toEqual(['SUCCEEDED', 'SUCCEEDED', 'CANCELLED'].slice(0, followed.length));
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(followed));
  }
});

test('a subscriber that reads slowly skips what is old and still sees the end', async () => {
  const jobId = await run(gateway, (await connect(gateway, { config: { count: 4_000, recordsPerSecond: 2_000 } })).id);
  const events = gateway.subscribe<{ syncJobProgress: Progress }>(document, { ids: [jobId] });
  const seen: Progress[] = [];
  for await (const { data } of events) {
    if (data) seen.push(data.syncJobProgress);
    await sleep(700);
  }
  expect(seen.at(-1)?.status).toBe('SUCCEEDED');
});

test('a job that does not exist is not found, and more than a hundred are too many', async () => {
  expect(await failsWith(['job_01jd000000e00000000000000a'])).toBe('NOT_FOUND');
  expect(await failsWith(Array.from({ length: 101 }, (_, index) => `job_01jd000000e000000000000${String(index).padStart(3, '0')}`))).toBe(
    'LIMIT_EXCEEDED',
  );
});
