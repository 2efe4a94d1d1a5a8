import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { basic, serveFiles } from '../support/http-files.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { cancel, connect, endOf, jobWhere, pathOf, recordsOf, run } from '../support/sync-jobs.ts';

const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway?.cleanUp();
});

const sync = async (id: string, input: object = {}) => endOf(gateway, await run(gateway, id, input));
const startClear = async (id: string, input: object = {}, api: Gateway = gateway): Promise<string> => {
  const answer = await mutate(api, 'clearSourceConnectionData', { id, ...input });
  expect(answer).toMatchObject({ __typename: 'ClearSourceConnectionDataPayload', syncJob: { mode: 'CLEAR', status: 'PENDING' } });
  return answer['syncJob'].id as string;
};
const clear = async (id: string, input: object = {}) => endOf(gateway, await startClear(id, input));
const read = async (id: string, api: Gateway = gateway) =>
  (
    await api.query(
      `query ($id: ID!) { sourceConnection(id: $id) {
        status statusReason recordCount streams { name state recordCount } collection { recordCount }
      } }`,
      { id },
    )
  ).sourceConnection;

test('deletes the records and forgets the states by a job, and the next sync reads everything again', async () => {
  const { id, collectionId } = await connect(gateway, { config: { count: 40 } });
  await sync(id);
  const job = await clear(id);
  expect(job).toMatchObject({ status: 'SUCCEEDED', recordsRead: 0, recordsInserted: 0, recordsDeleted: 46, failure: null });
  expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);
  expect(await read(id)).toMatchObject({
    status: 'ACTIVE',
    recordCount: 0,
    collection: { recordCount: 0 },
    streams: [
      { name: 'users', state: null, recordCount: 0 },
      { name: 'products', state: null, recordCount: 0 },
      { name: 'orders', state: null, recordCount: 0 },
    ],
  });
  expect(await recordsOf(gateway, collectionId)).toEqual([]);
  expect(await clear(id)).toMatchObject({ status: 'SUCCEEDED', recordsDeleted: 0 });
  expect(await sync(id)).toMatchObject({ recordsRead: 46, recordsInserted: 46 });
});

test('leaves the records of its neighbours in the collection', async () => {
  const kept = await connect(gateway, { config: { count: 40 } });
  await sync(kept.id);
  const { id } = await connect(gateway, { config: { count: 20 }, collection: { id: kept.collectionId } });
  await sync(id);
  expect(await clear(id)).toMatchObject({ recordsDeleted: 23 });
  expect(await recordsOf(gateway, kept.collectionId)).toHaveLength(46);
  expect(await read(kept.id)).toMatchObject({ recordCount: 46, collection: { recordCount: 46 } });
});

test('of some streams leaves the others as they are', async () => {
  const { id, collectionId } = await connect(gateway, { config: { count: 40 } });
  await sync(id);
  const job = await clear(id, { streams: [{ name: 'users' }] });
  expect(job).toMatchObject({ recordsDeleted: 4, streams: [{ name: 'users', status: 'COMPLETE' }] });
  expect((await read(id)).streams).toMatchObject([
    { name: 'users', state: null, recordCount: 0 },
    { name: 'products', state: { index: 2 }, recordCount: 2 },
    { name: 'orders', state: { index: 40 }, recordCount: 40 },
  ]);
  expect(await recordsOf(gateway, collectionId, 'users')).toEqual([]);
  expect(await recordsOf(gateway, collectionId)).toHaveLength(42);
  expect(await sync(id)).toMatchObject({ recordsRead: 4 });
});

test('also clears a stream that was taken out of the set', async () => {
  const { id, collectionId } = await connect(gateway, { config: { count: 40 } });
  await sync(id);
  await mutate(gateway, 'updateSourceConnectionConfig', { id, streams: [{ name: 'orders' }] });
  expect(await clear(id, { streams: [{ name: 'users' }] })).toMatchObject({ recordsDeleted: 4 });
  expect(await clear(id)).toMatchObject({ recordsDeleted: 42 });
  expect(await recordsOf(gateway, collectionId)).toEqual([]);
  expect((await read(id)).recordCount).toBe(0);
});

test.each([
  'FULL_REFRESH_OVERWRITE',
  'FULL_REFRESH_APPEND',
  'INCREMENTAL_APPEND',
  'INCREMENTAL_DEDUPED',
])('counts what it deletes of a %s stream', async (syncMode) => {
  const { id, collectionId } = await connect(gateway, { config: { count: 30 }, streams: [{ name: 'orders', syncMode }] });
  await sync(id);
  await sync(id);
  const { recordCount } = await read(id);
  expect(recordCount).toBe((await recordsOf(gateway, collectionId)).length);
  expect(await clear(id)).toMatchObject({ recordsDeleted: recordCount });
  expect(await sync(id)).toMatchObject({ recordsInserted: 30 });
  expect((await read(id)).recordCount).toBe(30);
});

test('a stream that there is not is named, and an empty list is no list', async () => {
  const { id } = await connect(gateway, { config: { count: 40 } });
  expect(issuePaths(await mutate(gateway, 'clearSourceConnectionData', { id, streams: [{ name: 'users' }, { name: 'nothing' }] }))).toEqual([
    'streams.1.name',
  ]);
  expect(issuePaths(await mutate(gateway, 'clearSourceConnectionData', { id, streams: [] }))).toEqual(['streams']);
});

test('is refused while a job is active, and refuses one while it is active itself', async () => {
  const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
  const jobId = await run(gateway, id);
  await jobWhere(gateway, jobId, ({ recordsRead }) => recordsRead > 0);
  expect(await mutate(gateway, 'clearSourceConnectionData', { id })).toMatchObject({ __typename: 'SyncInProgressError', syncJob: { id: jobId } });
  await cancel(gateway, jobId);
  await endOf(gateway, jobId);
  const answers = await Promise.all(Array.from({ length: 20 }, () => mutate(gateway, 'clearSourceConnectionData', { id })));
  const made = answers.filter(({ __typename }) => __typename === 'ClearSourceConnectionDataPayload');
  expect(made.length).toBeGreaterThanOrEqual(1);
  const ids = new Set(answers.map(({ syncJob }) => syncJob.id));
  expect(ids.size).toBe(made.length);
  for (const each of ids) expect(await endOf(gateway, each)).toMatchObject({ status: 'SUCCEEDED' });
  expect((await read(id)).recordCount).toBe(0);
});

test('one that does not exist is not found', async () => {
  const id = 'sc_01jd000000e00000000000000a';
  expect(await mutate(gateway, 'clearSourceConnectionData', { id })).toMatchObject({ __typename: 'NotFoundError', id });
});

describe('asks nothing of the source, and says nothing about it', () => {
  test('when it cannot be reached any more', async () => {
    const web = await serveFiles({ '/a.csv': { body: 'id\n1\n2\n' } });
    const { id } = await connect(gateway, { name: 'Gone soon', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` } });
    await sync(id);
    await web.close();
    const { sourceConnection } = await sync(id);
    expect(sourceConnection.status).toBe('ERROR');
    expect(await clear(id)).toMatchObject({
      status: 'SUCCEEDED',
      recordsDeleted: 2,
      sourceConnection: { status: 'ERROR', statusReason: sourceConnection.statusReason, recordCount: 0 },
    });
  });

  test('when it refuses the credentials', async () => {
    const body = 'id\n1\n2\n';
    const web = await serveFiles({ '/a.csv': { body, authorization: basic('reader', canaryNamed('old')) } });
    onTestFinished(() => web.close());
    const { id } = await connect(gateway, {
      name: 'Protected',
      sourceShortName: 'files',
      config: { url: `${web.origin}/a.csv` },
      credentials: { username: 'reader', password: canaryNamed('old') },
    });
    await sync(id);
    web.files.set('/a.csv', { body, authorization: basic('reader', canaryNamed('new')) });
    const { sourceConnection } = await sync(id);
    expect(sourceConnection.status).toBe('NEEDS_REAUTH');
    const asked = web.requests.length;
    expect(await clear(id)).toMatchObject({
      status: 'SUCCEEDED',
      recordsDeleted: 2,
      sourceConnection: { status: 'NEEDS_REAUTH', statusReason: sourceConnection.statusReason },
    });
    expect(web.requests).toHaveLength(asked);
  });

  test('when nothing was ever tested', async () => {
    const { id } = await connect(gateway, { config: { count: 10 }, runSetupTests: false });
    expect(await clear(id)).toMatchObject({ status: 'SUCCEEDED', recordsDeleted: 0, sourceConnection: { status: 'UNVERIFIED' } });
  });
});

test('no reader ever sees half of a stream', async () => {
  const { id, collectionId } = await connect(gateway, { config: { count: 30_000 }, streams: [{ name: 'orders' }] });
  await sync(id);
  const look = `query ($id: ID!, $first: Int, $last: Int) { collection(by: { id: $id }) {
    records(first: $first, last: $last) { nodes { data } }
  } }`;
  const seen: string[] = [];
  let over = false;
  const reader = (async () => {
    while (!over) {
      const page = seen.length % 2 === 0 ? { first: 100 } : { last: 100 };
      const { collection } = await gateway.query(look, { id: collectionId, ...page });
      const { nodes } = collection.records;
      seen.push(`${nodes.length} from ${nodes[0]?.data.id}`);
    }
  })();
  await sleep(50);
  expect(await clear(id)).toMatchObject({ status: 'SUCCEEDED', recordsDeleted: 30_000 });
  await sleep(50);
  over = true;
  await reader;
  expect(new Set(seen)).toEqual(new Set(['100 from 1', '100 from 29901', '0 from undefined']));
});

test('killed at once, or 60 or 200 ms after it was asked for, it ends by itself after the restart', async () => {
  let current = await startGateway({ env });
  onTestFinished(() => current.cleanUp());
  const { id, collectionId } = await connect(current, { config: { count: 20_000 }, syncImmediately: false });
  await endOf(current, await run(current, id));
  for (const afterMs of [0, 60, 200]) {
    const jobId = await startClear(id, {}, current);
    await sleep(afterMs);
    await current.kill();
    current = await startGateway({ env, dataDir: current.dataDir });
    expect(await endOf(current, jobId)).toMatchObject({ status: 'SUCCEEDED', recordsDeleted: 23_000, recordsRead: 0 });
    expect(await read(id, current)).toMatchObject({ status: 'ACTIVE', recordCount: 0, streams: [{ state: null }, { state: null }, { state: null }] });
    expect(await recordsOf(current, collectionId)).toEqual([]);
    expect(await endOf(current, await run(current, id))).toMatchObject({ recordsInserted: 23_000 });
  }
}, 180_000);
