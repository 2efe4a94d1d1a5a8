import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { deleteSourceConnection } from '../../src/connection-lifecycle/delete.ts';
import { startDeletions } from '../../src/connection-lifecycle/deletions.ts';
import { getSourceConnection } from '../../src/source-connection/read.ts';
import { cancelSyncJob } from '../../src/sync-job/cancel.ts';
import { claimSyncJob } from '../../src/sync-job/claim.ts';
import { finishSyncJob } from '../../src/sync-job/finish.ts';
import { getSyncJob } from '../../src/sync-job/read.ts';
import { runSync } from '../../src/sync-job/run.ts';
import { findInFolder } from '../support/canaries/run-folder.ts';
import { canary, findCanaries } from '../support/canary.ts';
import { readControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { basic, serveFiles } from '../support/http-files.ts';
import { mutate } from '../support/mutate.ts';
import { seeded } from '../support/seeded.ts';
import { openServices } from '../support/services.ts';
import { connect, endOf, jobWhere, listen, recordsOf, run } from '../support/sync-jobs.ts';

const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway?.cleanUp();
});

const remove = (id: string, input: object = {}, api: Gateway = gateway) => mutate(api, 'deleteSourceConnection', { id, ...input });
const sync = async (id: string, api: Gateway = gateway) => endOf(api, await run(api, id));
const fields = `id name status statusReason deletedAt recordCount credential { secretFields } activeSyncJob { id } latestSyncJob { id status mode }
  latestTest { id } collection { id recordCount } syncJobs { nodes { id status mode } }`;
const read = async (id: string, api: Gateway = gateway) =>
  (await api.query(`query ($id: ID!) { sourceConnection(id: $id) { ${fields} } }`, { id })).sourceConnection;
const listed = async (filter: object = {}, api: Gateway = gateway): Promise<string[]> =>
  (
    await api.query('query ($filter: SourceConnectionFilter) { sourceConnections(first: 100, filter: $filter) { nodes { id } } }', { filter })
  ).sourceConnections.nodes.map(({ id }: { id: string }) => id);

/** Waits until the delete is done. @throws when it is not within `withinMs` */
async function gone(id: string, api: Gateway = gateway, withinMs = 30_000) {
  const end = Date.now() + withinMs;
  for (;;) {
    const connection = await read(id, api);
    if (connection.status === 'DELETED') return connection;
    if (Date.now() > end) throw new Error(`The source connection is not deleted: ${JSON.stringify(connection)}`);
    await sleep(20);
  }
}

const slow = { config: { count: 100_000, recordsPerSecond: 1_000 } };
const running = async (api: Gateway = gateway) => {
  const { id, collectionId } = await connect(api, slow);
  const jobId = await run(api, id);
  await jobWhere(api, jobId, ({ status, recordsRead }) => status === 'RUNNING' && recordsRead > 0);
  return { id, collectionId, jobId };
};

describe('without its data', () => {
  test('it is a tombstone at once; its records and jobs stay readable, and say whose they were', async () => {
    const { id, collectionId } = await connect(gateway, { name: 'Short-lived', config: { count: 20 } });
    const { id: jobId } = await sync(id);
    const answer = await remove(id);
    expect(answer).toMatchObject({
      __typename: 'DeleteSourceConnectionPayload',
      deletedId: id,
      sourceConnection: { id, status: 'DELETED', statusReason: null },
      collection: { id: collectionId },
      syncJob: null,
    });
    expect(answer['sourceConnection'].deletedAt).not.toBeNull();
    expect(await read(id)).toMatchObject({
      name: 'Short-lived',
      recordCount: 23,
      activeSyncJob: null,
      latestSyncJob: { id: jobId, status: 'SUCCEEDED' },
      collection: { id: collectionId, recordCount: 23 },
      syncJobs: { nodes: [{ id: jobId }] },
    });
    const { node, collection, syncJob } = await gateway.query(
      `query ($id: ID!, $collection: ID!, $job: ID!) {
        node(id: $id) { id ... on SourceConnection { status } }
        collection(by: { id: $collection }) { records(first: 1) { nodes { id sourceConnection { id status } } } }
        syncJob(id: $job) { status sourceConnection { id status } transitions { to } logs(last: 1) { nodes { message } } }
      }`,
      { id, collection: collectionId, job: jobId },
    );
    expect(node).toEqual({ id, status: 'DELETED' });
    expect(collection.records.nodes).toMatchObject([{ sourceConnection: { id, status: 'DELETED' } }]);
    expect(syncJob).toMatchObject({ status: 'SUCCEEDED', sourceConnection: { id, status: 'DELETED' }, logs: { nodes: [{}] } });
    expect(await recordsOf(gateway, collectionId)).toHaveLength(23);
  });

  test('it is hidden from lists unless it is asked for, and its name is free again', async () => {
    const { id, collectionId } = await connect(gateway, { name: 'Once more' });
    await remove(id);
    expect(await listed()).not.toContain(id);
    expect(await listed({ collectionId })).toEqual([]);
    expect(await listed({ collectionId, includeDeleted: true })).toEqual([id]);
    expect(await listed({ collectionId, statuses: ['DELETED'] })).toEqual([id]);
    const { collection } = await gateway.query('query ($id: ID!) { collection(by: { id: $id }) { sourceConnections { totalCount nodes { id } } } }', {
      id: collectionId,
    });
    expect(collection.sourceConnections).toEqual({ totalCount: 0, nodes: [] });
    expect((await connect(gateway, { name: 'Once more', collection: { id: collectionId } })).id).not.toBe(id);
  });

  test('every mutation of it is NotFoundError', async () => {
    const { id } = await connect(gateway);
    await remove(id);
    const notFound = { __typename: 'NotFoundError', code: 'NOT_FOUND', id };
    for (const [field, input] of Object.entries({
      testSourceConnection: {},
      runSourceConnection: {},
      updateSourceConnection: { name: 'Another' },
      updateSourceConnectionConfig: { config: { count: 1 } },
      updateSourceConnectionCredentials: { credentials: {} },
      discoverSourceConnectionStreams: {},
      clearSourceConnectionData: {},
      deleteSourceConnection: { deleteData: true },
    }))
      expect([field, await mutate(gateway, field, { id, ...input })]).toMatchObject([field, notFound]);
    expect(await remove('sc_01jd000000e00000000000000a')).toMatchObject({ __typename: 'NotFoundError' });
  });
});

describe('with its data', () => {
  test('the records go by a job, the neighbours keep theirs, and it is DELETED when they are gone', async () => {
    const kept = await connect(gateway, { config: { count: 20 } });
    await sync(kept.id);
    const { id } = await connect(gateway, { config: { count: 40 }, collection: { id: kept.collectionId } });
    await sync(id);
    const answer = await remove(id, { deleteData: true });
    expect(answer).toMatchObject({ sourceConnection: { status: 'DELETING' }, syncJob: { mode: 'CLEAR', status: 'PENDING' } });
    expect(await endOf(gateway, answer['syncJob'].id)).toMatchObject({ status: 'SUCCEEDED', recordsDeleted: 46 });
    expect(await gone(id)).toMatchObject({ recordCount: 0, collection: { recordCount: 23 }, latestSyncJob: { mode: 'CLEAR' } });
    expect(await recordsOf(gateway, kept.collectionId)).toHaveLength(23);
    expect(await remove(id, { deleteData: true })).toMatchObject({ __typename: 'NotFoundError' });
  });

  test('one that was never synced has none: it is DELETED at once', async () => {
    const { id } = await connect(gateway);
    expect(await remove(id, { deleteData: true })).toMatchObject({ sourceConnection: { status: 'DELETED' }, syncJob: null });
  });

  test('what an earlier clear of one stream has left goes too', async () => {
    const { id, collectionId } = await connect(gateway, { config: { count: 40 } });
    await sync(id);
    const cleared = await mutate(gateway, 'clearSourceConnectionData', { id, streams: [{ name: 'users' }] });
    await endOf(gateway, cleared['syncJob'].id);
    await remove(id, { deleteData: true });
    expect(await gone(id)).toMatchObject({ recordCount: 0 });
    expect(await recordsOf(gateway, collectionId)).toEqual([]);
  });

  test('what a clear under way does not cover goes too, and so do streams that were taken out of the set', async () => {
    const { id, collectionId } = await connect(gateway, { config: { count: 4_000 } });
    await sync(id);
    await mutate(gateway, 'updateSourceConnectionConfig', { id, streams: [{ name: 'users' }, { name: 'products' }] });
    const cleared = await mutate(gateway, 'clearSourceConnectionData', { id, streams: [{ name: 'users' }] });
    expect(await remove(id, { deleteData: true })).toMatchObject({ sourceConnection: { status: 'DELETING' } });
    await gone(id);
    expect(await endOf(gateway, cleared['syncJob'].id)).toMatchObject({ status: 'SUCCEEDED', recordsDeleted: 400 });
    expect(await recordsOf(gateway, collectionId)).toEqual([]);
  });
});

describe('with an active job', () => {
  test('the job is cancelled first; meanwhile it is DELETING, and nothing else may be done with it', async () => {
    const { id, jobId } = await running();
    const statuses = gateway.subscribe('subscription ($ids: [ID!]) { sourceConnectionStatus(sourceConnectionIds: $ids) { id status } }', {
      ids: [id],
    });
    const seen = listen(statuses, (events) => events.at(-1)?.sourceConnectionStatus.status === 'DELETED');
    await sleep(200);
    const answer = await remove(id);
    expect(answer).toMatchObject({ sourceConnection: { status: 'DELETING' }, syncJob: { id: jobId, status: 'CANCELLING' } });
    expect(await mutate(gateway, 'runSourceConnection', { id })).toMatchObject({ __typename: 'NotFoundError' });
    expect(await endOf(gateway, jobId)).toMatchObject({ status: 'CANCELLED', transitions: [{}, {}, { reason: /deleted/ }, {}] });
    await gone(id);
    expect((await seen).map(({ sourceConnectionStatus }) => sourceConnectionStatus.status)).toEqual(['SYNCING', 'DELETING', 'DELETED']);
  });

  test('one that nobody has taken up is cancelled at once', async () => {
    const waiting = await startGateway({ env: { ...env, HEADGATE_WORKER_CONCURRENCY: '1' } });
    onTestFinished(() => waiting.cleanUp());
    await running(waiting);
    const { id } = await connect(waiting, slow);
    const jobId = await run(waiting, id);
    expect(await remove(id, { deleteData: true }, waiting)).toMatchObject({ syncJob: { mode: 'CLEAR' } });
    expect(await endOf(waiting, jobId)).toMatchObject({ status: 'CANCELLED' });
    const other = await connect(waiting, slow);
    const otherJob = await run(waiting, other.id);
    expect(await remove(other.id, {}, waiting)).toMatchObject({ sourceConnection: { status: 'DELETED' }, syncJob: null });
    expect(await endOf(waiting, otherJob)).toMatchObject({ status: 'CANCELLED' });
  });

  test('cancelled, deleted, and deleted again at once, it ends as DELETED', async () => {
    const { id, jobId } = await running();
    const answers = await Promise.all([mutate(gateway, 'cancelSyncJob', { id: jobId }), remove(id), remove(id), remove(id)]);
    for (const { __typename } of answers) expect(__typename).toMatch(/Payload$|^NotFoundError$|^InvalidTransitionError$/);
    await gone(id);
    expect(await endOf(gateway, jobId)).toMatchObject({ status: 'CANCELLED' });
  });
});

describe('while a worker takes its time to stop', () => {
  const setUp = async () => {
    const services = await openServices();
    onTestFinished(() => services.close());
    const { ctx, worker } = services;
    const { sourceConnection, syncJob } = await createSourceConnection(ctx, { ...faker, syncImmediately: true });
    const claimed = await claimSyncJob(worker, syncJob?.id ?? '');
    if (!claimed) throw new Error('the job was not there to be claimed');
    const stop = () => finishSyncJob(worker, claimed, { to: 'CANCELLED', reason: 'the work has stopped' });
    return { ctx, worker, gateway: services.gateway, id: sourceConnection.id, jobId: claimed.job.id, stop };
  };
  const faker = { name: 'Fake data', sourceShortName: 'faker', config: { count: 10 }, runSetupTests: true };

  test('a job that is being cancelled already is waited for', async () => {
    const { ctx, id, jobId } = await setUp();
    await cancelSyncJob(ctx, jobId);
    for (const deleteData of [false, true, false]) {
      const deleted = await deleteSourceConnection(ctx, { id, deleteData });
      expect(deleted).toMatchObject({ sourceConnection: { status: 'DELETING' }, syncJob: { id: jobId, status: 'CANCELLING' } });
    }
  });

  test('who asks for the data to go is heard, whoever asks before and after', async () => {
    const { ctx, worker, gateway: services, id, jobId, stop } = await setUp();
    await deleteSourceConnection(ctx, { id, deleteData: false });
    await deleteSourceConnection(ctx, { id, deleteData: true });
    await deleteSourceConnection(ctx, { id, deleteData: false });
    const deletions = startDeletions(services);
    onTestFinished(() => deletions());
    await stop();
    await expect.poll(async () => (await getSourceConnection(ctx, id)).latestSyncJobId, { timeout: 10_000 }).not.toBe(jobId);
    const { latestSyncJobId } = await getSourceConnection(ctx, id);
    expect(await getSyncJob(ctx, latestSyncJobId ?? '')).toMatchObject({ mode: 'CLEAR', status: 'PENDING' });
    await runSync(worker, latestSyncJobId ?? '', new AbortController().signal);
    await expect.poll(async () => (await getSourceConnection(ctx, id)).status, { timeout: 10_000 }).toBe('DELETED');
  });
});

test('every one is told to subscribers of the organization: DELETING, then DELETED', async () => {
  const { id } = await connect(gateway);
  const statuses = gateway.subscribe('subscription { sourceConnectionStatus { id status deletedAt } }');
  const seen = listen(statuses, (events) => events.at(-1)?.sourceConnectionStatus.status === 'DELETED');
  await sleep(300);
  await remove(id);
  const own = (await seen).map(({ sourceConnectionStatus }) => sourceConnectionStatus).filter((each) => each.id === id);
  expect(own.map(({ status }) => status)).toEqual(['DELETING', 'DELETED']);
});

test('its secrets are wiped from the files, and the credential cannot be used again', async () => {
  const alone = await startGateway({ env });
  onTestFinished(() => alone.cleanUp());
  // Long enough that the shorter row in its place covers only a part of it.
  const password = `${canary('deleted')}${'x'.repeat(300)}`;
  const web = await serveFiles({ '/a.csv': { body: 'id\n1\n', authorization: basic('reader', password) } });
  onTestFinished(() => web.close());
  const input = { name: 'Protected', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` } };
  const { id } = await connect(alone, { ...input, credentials: { username: 'reader', password } });
  await sync(id, alone);
  const sealed = readControlRows(alone, (database) => database.prepare('select id, sealed from credential').get()) as { id: string; sealed: string };
  expect(sealed.sealed.length).toBeGreaterThan(40);
  await remove(id, {}, alone);
  expect((await read(id, alone)).credential).toEqual({ secretFields: [] });
  expect(await mutate(alone, 'createSourceConnection', { ...input, credentialId: sealed.id })).toMatchObject({
    __typename: 'NotFoundError',
    id: sealed.id,
  });
  expect(await alone.stop()).toBe(0);
  const files = readdirSync(alone.dataDir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => [file.name, readFileSync(join(file.parentPath, file.name))] as const);
  expect(files.map(([name]) => name)).toContain('headgate.db');
  const pieces = Array.from({ length: Math.floor(sealed.sealed.length / 8) - 1 }, (_, index) => sealed.sealed.slice(8 * index, 8 * index + 16)).slice(
    3,
  );
  expect(files.filter(([, content]) => pieces.some((piece) => content.includes(piece))).map(([name]) => name)).toEqual([]);
  expect([...findInFolder(alone.dataDir), ...findCanaries([['output', alone.output()]])]).toEqual([]);
}, 120_000);

describe('killed at random moments', () => {
  const random = seeded(20261123);
  test('it ends within seconds of the restart, three times', async () => {
    let current = await startGateway({ env });
    onTestFinished(() => current.cleanUp());
    for (let round = 0; round < 3; round++) {
      const data = await running(current);
      const plain = await running(current);
      const idle = await connect(current, { config: { count: 10_000 } });
      await sync(idle.id, current);
      const answers = await Promise.all([
        remove(data.id, { deleteData: true }, current),
        remove(plain.id, {}, current),
        remove(idle.id, { deleteData: true }, current),
      ]);
      for (const { sourceConnection } of answers) expect(sourceConnection.status).toMatch(/^DELET/);
      await sleep(random(400));
      await current.kill();

      current = await startGateway({ env, dataDir: current.dataDir });
      for (const { id } of [data, plain, idle]) await gone(id, current);
      expect(await recordsOf(current, data.collectionId)).toEqual([]);
      expect(await recordsOf(current, idle.collectionId)).toEqual([]);
      const kept = await read(plain.id, current);
      expect(await recordsOf(current, plain.collectionId)).toHaveLength(kept.recordCount);
      expect(kept.recordCount).toBeGreaterThan(0);
      expect(await listed({}, current)).toEqual([]);
    }
  }, 180_000);
});
