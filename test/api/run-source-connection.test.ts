import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { basic, serveFiles } from '../support/http-files.ts';
import { mutate } from '../support/mutate.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { cancel, connect, endOf, jobWhere, pathOf, recordsOf, run } from '../support/sync-jobs.ts';

const root = mkdtempSync(join(tmpdir(), 'headgate-run-'));
let gateway: Gateway;
let postgres: PostgresServer;
beforeAll(async () => {
  [gateway, postgres] = await Promise.all([startGateway({ env: { HEADGATE_FILES_ROOT: root, HEADGATE_TICK_MS: '200' } }), startPostgres()]);
});
afterAll(async () => {
  await gateway?.cleanUp();
  await postgres?.stop();
  rmSync(root, { recursive: true });
});

const sync = async (id: string, input: object = {}) => endOf(gateway, await run(gateway, id, input));
const withDatabase = async () => {
  const database = await postgres.createDatabase();
  onTestFinished(() => database.drop());
  const { host, port, user: username, password } = postgres;
  return { client: database.client, credentials: { host, port, database: database.database, username, password } };
};

describe('a source connection has at most one active job', () => {
  test('of fifty parallel runs one starts a job, and the others name it', async () => {
    const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => mutate(gateway, 'runSourceConnection', { id })));
    const started = answers.filter(({ __typename }) => __typename === 'RunSourceConnectionPayload');
    const refused = answers.filter(({ __typename }) => __typename === 'SyncInProgressError');
    expect([started.length, refused.length]).toEqual([1, 49]);
    const jobId = started[0]?.['syncJob'].id as string;
    expect(new Set(refused.map(({ code, syncJob }) => `${code} ${syncJob.id}`))).toEqual(new Set([`SYNC_IN_PROGRESS ${jobId}`]));
    const { sourceConnection } = await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { status syncJobs { nodes { id } } } }', { id });
    expect(sourceConnection).toEqual({ status: 'SYNCING', syncJobs: { nodes: [{ id: jobId }] } });

    const attached = await Promise.all(Array.from({ length: 10 }, () => run(gateway, id, { ifRunning: 'ATTACH' })));
    expect(new Set(attached)).toEqual(new Set([jobId]));
    await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
    await cancel(gateway, jobId);
    await endOf(gateway, jobId);
    expect(await run(gateway, id, { ifRunning: 'ATTACH' })).not.toBe(jobId);
  });

  test('one that does not exist is not found', async () => {
    const id = 'sc_01jd000000e00000000000000a';
    expect(await mutate(gateway, 'runSourceConnection', { id })).toMatchObject({ __typename: 'NotFoundError', id });
  });
});

describe('what a second run does follows from the sync mode of the stream', () => {
  const setUp = async (syncMode: string) => {
    const { client, credentials } = await withDatabase();
    await client.query(`create table item (id int primary key, name text, seen int); insert into item values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)`);
    const streams = [{ name: 'item', namespace: 'public', syncMode, cursorField: ['seen'] }];
    const connection = await connect(gateway, { name: 'Items', sourceShortName: 'postgresql', credentials, streams });
    expect(await sync(connection.id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 3, recordsInserted: 3 });
    await client.query(`delete from item where id = 1; update item set name = 'B', seen = 4 where id = 2; insert into item values (4, 'd', 5)`);
    const names = async () => (await recordsOf(gateway, connection.collectionId)).map(({ name }) => name).sort();
    return { connection, names };
  };

  test('FULL_REFRESH_OVERWRITE is what the source has now', async () => {
    const { connection, names } = await setUp('FULL_REFRESH_OVERWRITE');
    const job = await sync(connection.id);
    expect(job).toMatchObject({ recordsRead: 3, recordsInserted: 1, recordsUpdated: 1, recordsUnchanged: 1, recordsDeleted: 1 });
    expect(await names()).toEqual(['B', 'c', 'd']);
    expect(job.sourceConnection.recordCount).toBe(3);
  });

  test('FULL_REFRESH_APPEND keeps every reading', async () => {
    const { connection, names } = await setUp('FULL_REFRESH_APPEND');
    expect(await sync(connection.id)).toMatchObject({ recordsRead: 3, recordsInserted: 3, recordsDeleted: 0 });
    expect(await names()).toEqual(['B', 'a', 'b', 'c', 'c', 'd']);
  });

  test('INCREMENTAL_DEDUPED takes what is new or changed, one record per key', async () => {
    const { connection, names } = await setUp('INCREMENTAL_DEDUPED');
    expect(await sync(connection.id)).toMatchObject({ recordsInserted: 1, recordsUpdated: 1, recordsDeleted: 0 });
    expect(await names()).toEqual(['B', 'a', 'c', 'd']);
  });

  test('INCREMENTAL_APPEND adds what is new or changed', async () => {
    const { connection, names } = await setUp('INCREMENTAL_APPEND');
    const job = await sync(connection.id);
    expect(job.recordsInserted).toBe(job.recordsRead);
    const found = await names();
    expect(found).toEqual(expect.arrayContaining(['B', 'a', 'b', 'c', 'd']));
    expect(job.sourceConnection.recordCount).toBe(found.length);
  });

  test('FULL_REFRESH as the mode of the job replaces whatever the stream says', async () => {
    const { connection, names } = await setUp('INCREMENTAL_DEDUPED');
    expect(await sync(connection.id, { mode: 'FULL_REFRESH' })).toMatchObject({ status: 'SUCCEEDED', recordsRead: 3, recordsDeleted: 1 });
    expect(await names()).toEqual(['B', 'c', 'd']);
  });
});

describe('streams', () => {
  test('only the ones named are read', async () => {
    const { id, collectionId } = await connect(gateway, { config: { count: 100 } });
    const job = await sync(id, { streams: [{ name: 'users' }] });
    expect(job).toMatchObject({ status: 'SUCCEEDED', recordsRead: 10, streams: [{ name: 'users', status: 'COMPLETE', recordsRead: 10 }] });
    expect(await recordsOf(gateway, collectionId)).toHaveLength(10);
    expect(await mutate(gateway, 'runSourceConnection', { id, streams: [{ name: 'users' }, { name: 'nothing' }] })).toMatchObject({
      __typename: 'ValidationError',
      issues: [{ path: ['streams', '1', 'name'] }],
    });
  });

  test('are discovered by the first run when nothing was dialled before', async () => {
    const { id } = await connect(gateway, { config: { count: 100 }, runSetupTests: false });
    const read = 'query ($id: ID!) { sourceConnection(id: $id) { status streams { name recordCount } } }';
    expect((await gateway.query(read, { id })).sourceConnection).toEqual({ status: 'UNVERIFIED', streams: [] });
    const job = await sync(id);
    expect(job.streams.map(({ name, status }) => `${name} ${status}`)).toEqual(['users COMPLETE', 'products COMPLETE', 'orders COMPLETE']);
    const { sourceConnection } = await gateway.query(read, { id });
    expect(sourceConnection).toMatchObject({ status: 'ACTIVE', streams: [{ recordCount: 10 }, { recordCount: 5 }, { recordCount: 100 }] });
  });

  test('one that cannot be read makes the job FAILED, and what the others committed stays', async () => {
    const { client, credentials } = await withDatabase();
    await client.query(`create table a_kept (id int primary key); create table b_gone (id int primary key); create table c_kept (id int primary key);
      insert into a_kept values (1), (2); insert into b_gone values (1); insert into c_kept values (1)`);
    const { id, collectionId } = await connect(gateway, { name: 'Three tables', sourceShortName: 'postgresql', credentials });
    await client.query('drop table b_gone');
    const job = await sync(id);
    expect(job).toMatchObject({ status: 'FAILED', recordsRead: 3, failure: { origin: 'SOURCE', type: 'CONFIG', stream: 'b_gone' } });
    expect(Object.fromEntries(job.streams.map(({ name, status }) => [name, status]))).toEqual({
      a_kept: 'COMPLETE',
      b_gone: 'INCOMPLETE',
      c_kept: 'COMPLETE',
    });
    expect(await recordsOf(gateway, collectionId)).toHaveLength(3);
    expect(job.sourceConnection).toMatchObject({ status: 'ERROR', statusReason: job.failure?.message, recordCount: 3 });
  });
});

describe('a poison record is rejected with its reason, and the sync goes on', () => {
  test.each([
    ['a ragged row of a CSV file', 'ragged.csv', 'id,name\n1,a\n2,b,too much\n3,c\n', 'records 2'],
    ['a broken line of an NDJSON file', 'broken.ndjson', '{"id":1}\n{"id":2\n{"id":3}\n', 'records 2'],
  ])('%s', async (_title, path, text) => {
    writeFileSync(join(root, path), text);
    const { id, collectionId } = await connect(gateway, { name: 'Poison', sourceShortName: 'files', config: { path } });
    const jobId = await run(gateway, id);
    expect(await endOf(gateway, jobId)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 2, recordsInserted: 2, recordsRejected: 1 });
    expect((await recordsOf(gateway, collectionId)).map((record) => String(record['id']))).toEqual(['1', '3']);
    const { syncJob } = await gateway.query('query ($id: ID!) { syncJob(id: $id) { logs { nodes { level message stream } } } }', { id: jobId });
    const warnings = syncJob.logs.nodes.filter(({ level }: { level: string }) => level === 'WARN');
    expect(warnings).toEqual([{ level: 'WARN', message: expect.stringMatching(/rejected: .+/), stream: path.split('.')[0] }]);
  });
});

describe('a failure', () => {
  const orders = [{ name: 'orders', syncMode: 'INCREMENTAL_DEDUPED' }];
  const attempts = (count: number) => ['PENDING', 'RUNNING', ...Array.from({ length: count - 1 }, () => ['WAITING', 'RUNNING']).flat()];

  test('that may pass is waited for, and the next attempt goes on where the last one came to', async () => {
    const { id } = await connect(gateway, { config: { count: 10_000, failAfter: 1_500 }, streams: orders });
    const job = await endOf(gateway, await run(gateway, id));
    // Ten attempts: more than a job gets without coming any further, but each of them came further.
    expect(job).toMatchObject({ status: 'SUCCEEDED', recordsInserted: 10_000, recordsRead: 10_000, failure: null, attempt: 10 });
    expect(pathOf(job)).toEqual([...attempts(10), 'SUCCEEDED']);
    expect(job.sourceConnection).toMatchObject({ status: 'ACTIVE', statusReason: null });
  });

  test('that does not pass ends the job, says so in the log and at the connection, and the next job goes on', async () => {
    const { id } = await connect(gateway, { config: { count: 100, failAfter: 30 }, streams: orders });
    const jobId = await run(gateway, id);
    const job = await endOf(gateway, jobId);
    expect(job).toMatchObject({ status: 'FAILED', attempt: 5, recordsRead: 0, failure: { origin: 'SOURCE', type: 'TRANSIENT', stream: null } });
    expect(job.sourceConnection).toMatchObject({ status: 'ERROR', statusReason: job.failure?.message, activeSyncJob: null });
    expect(pathOf(job)).toEqual([...attempts(5), 'FAILED']);
    expect(job.transitions.at(-1)?.reason).toBe(job.failure?.message);
    const { syncJob } = await gateway.query('query ($id: ID!) { syncJob(id: $id) { logs(last: 1) { nodes { level message } } } }', { id: jobId });
    expect(syncJob.logs.nodes).toEqual([{ level: 'ERROR', message: job.failure?.message }]);
    await mutate(gateway, 'updateSourceConnectionConfig', { id, config: { failAfter: 0 } });
    expect(await sync(id)).toMatchObject({ status: 'SUCCEEDED', recordsInserted: 100, sourceConnection: { status: 'ACTIVE', statusReason: null } });
  });

  test('because access was revoked asks for new credentials, and new ones clear it', async () => {
    const web = await serveFiles({ '/people.csv': { body: 'id,name\n1,a\n', authorization: basic('reader', canaryNamed('old')) } });
    onTestFinished(() => web.close());
    const { id } = await connect(gateway, {
      name: 'Protected',
      sourceShortName: 'files',
      config: { url: `${web.origin}/people.csv` },
      credentials: { username: 'reader', password: canaryNamed('old') },
    });
    expect((await sync(id)).status).toBe('SUCCEEDED');
    web.files.set('/people.csv', { body: 'id,name\n1,a\n', authorization: basic('reader', canaryNamed('new')) });
    const job = await sync(id);
    expect(job).toMatchObject({ status: 'FAILED', failure: { origin: 'SOURCE', type: 'AUTH' }, sourceConnection: { status: 'NEEDS_REAUTH' } });
    expect(job.sourceConnection.statusReason).toBe(job.failure?.message);
    const updated = await mutate(
      gateway,
      'updateSourceConnectionCredentials',
      { id, credentials: { password: canaryNamed('new') } },
      'sourceConnection { status }',
    );
    expect(updated).toMatchObject({ sourceConnection: { status: 'ACTIVE' } });
    expect((await sync(id)).status).toBe('SUCCEEDED');
  });
});
