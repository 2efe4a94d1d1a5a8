import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canary, canaryNamed, findCanaries } from '../support/canary.ts';
import { countControlRows, readControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { serveHeldFile } from '../support/held-file.ts';
import { basic, serveFiles } from '../support/http-files.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { cancel, connect, endOf, jobWhere, recordsOf, run } from '../support/sync-jobs.ts';

const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
let gateway: Gateway;
let postgres: PostgresServer;
beforeAll(async () => {
  [gateway, postgres] = await Promise.all([startGateway({ env }), startPostgres()]);
});
afterAll(async () => {
  await gateway?.cleanUp();
  await postgres?.stop();
});

const update = (id: string, input: object, api: Gateway = gateway) => mutate(api, 'updateSourceConnectionConfig', { id, ...input });
const sync = async (id: string, input: object = {}, api: Gateway = gateway) => endOf(api, await run(api, id, input));
const read = async (id: string, api: Gateway = gateway) =>
  (
    await api.query(
      `query ($id: ID!) { sourceConnection(id: $id) {
        version status statusReason config recordCount credential { publicValues secretFields rotatedAt } latestTest { id status }
        streams { name namespace syncMode cursorField primaryKey selectedFields state recordCount }
      } }`,
      { id },
    )
  ).sourceConnection;
const users = { name: 'users' };
const orders = { name: 'orders' };

/** A file behind a password, and a source connection that reads it. */
async function withProtectedFile(password = canaryNamed('right')) {
  const body = 'id,name\n1,a\n2,b\n';
  const web = await serveFiles({ '/a.csv': { body, authorization: basic('reader', password) }, '/b.csv': { body } });
  onTestFinished(() => web.close());
  const { id } = await connect(gateway, {
    name: 'Protected',
    sourceShortName: 'files',
    config: { url: `${web.origin}/a.csv` },
    credentials: { username: 'reader', password },
  });
  return { id, web };
}

async function withDatabase() {
  const database = await postgres.createDatabase();
  onTestFinished(() => database.drop());
  await database.client.query('create table item (id int primary key); insert into item values (1)');
  const { host, port, user: username, password } = postgres;
  const credentials = { host, port, database: database.database, username, password };
  const { id } = await connect(gateway, { name: 'Items', sourceShortName: 'postgresql', credentials });
  return { id, client: database.client, credentials };
}

describe('config', () => {
  test('a field left out keeps its value, null gives it its default back', async () => {
    const { id } = await connect(gateway, { config: { count: 40, seed: 7 } });
    const before = await read(id);
    const changed = await update(id, { config: { recordsPerSecond: 500 } });
    expect(changed).toMatchObject({
      __typename: 'UpdateSourceConnectionConfigPayload',
      sourceConnection: { status: 'ACTIVE', config: { count: 40, seed: 7, recordsPerSecond: 500, failAfter: 0 } },
      test: { status: 'PASSED' },
    });
    expect(changed['sourceConnection'].version).toBeGreaterThan(before.version);
    expect((await read(id)).latestTest).toEqual({ id: changed['test'].id, status: 'PASSED' });
    await update(id, { config: { seed: null, recordsPerSecond: null } });
    expect((await read(id)).config).toEqual({ count: 40, seed: 1, recordsPerSecond: 0, failAfter: 0 });
  });

  test('everything wrong is answered with its path, and changes nothing', async () => {
    const { id } = await connect(gateway, { config: { count: 40 } });
    const before = await read(id);
    expect(issuePaths(await update(id, { config: { count: 'many', colour: 'red' } }))).toEqual(['config.colour', 'config.count']);
    expect(issuePaths(await update(id, { credentials: { password: canaryNamed('unused') } }))).toEqual(['credentials']);
    const streams = [users, { name: 'nothing' }, { name: 'orders', syncMode: 'INCREMENTAL_APPEND', cursorField: ['nope'] }, users];
    expect(issuePaths(await update(id, { streams }))).toEqual(['streams.1.name', 'streams.2.cursorField', 'streams.3.name']);
    expect(issuePaths(await update(id, { streams: [] }))).toEqual(['streams']);
    expect(await read(id)).toEqual(before);
  });

  test('a stream without key and cursor is not read incrementally by them', async () => {
    const web = await serveFiles({ '/rows.csv': { body: 'id,name\n1,a\n' } });
    onTestFinished(() => web.close());
    const { id } = await connect(gateway, { name: 'Rows', sourceShortName: 'files', config: { url: `${web.origin}/rows.csv` } });
    expect(issuePaths(await update(id, { streams: [{ name: 'rows', syncMode: 'INCREMENTAL_DEDUPED' }] }))).toEqual([
      'streams.0.cursorField',
      'streams.0.primaryKey',
    ]);
  });

  test('without a setup test nothing is dialled, and the source connection is UNVERIFIED until it shows that it works', async () => {
    const { id, web } = await withProtectedFile();
    const dialled = web.requests.length;
    const changed = await update(id, { config: { format: 'csv' }, runSetupTests: false });
    expect(changed).toMatchObject({ test: null, sourceConnection: { status: 'UNVERIFIED', config: { format: 'csv' } } });
    expect(web.requests).toHaveLength(dialled);
    expect((await sync(id)).sourceConnection.status).toBe('ACTIVE');
  });

  test('one that does not exist, or was deleted, is not found', async () => {
    const id = 'sc_01jd000000e00000000000000a';
    expect(await update(id, { config: {} })).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND', id });
  });

  test('two updates at once are both kept', async () => {
    const { id } = await connect(gateway, { config: { count: 40 } });
    const answers = await Promise.all([
      update(id, { config: { seed: 5 } }),
      update(id, { config: { count: 60 } }),
      update(id, { config: { failAfter: 9 } }),
    ]);
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['UpdateSourceConnectionConfigPayload']));
    expect((await read(id)).config).toMatchObject({ seed: 5, count: 60, failAfter: 9 });
  });
});

describe('a failed test changes nothing', () => {
  test('when a schema is missing', async () => {
    const { id } = await withDatabase();
    const before = await read(id);
    const answer = await update(id, { config: { schemas: ['public', 'nowhere'] } });
    expect(answer).toMatchObject({ __typename: 'ConnectionTestFailedError', code: 'CONNECTION_TEST_FAILED', failed: { status: 'FAILED' } });
    expect(await read(id)).toEqual(before);
    const { node } = await gateway.query('query ($id: ID!) { node(id: $id) { ... on ConnectionTest { status } } }', { id: answer['failed'].id });
    expect(node).toEqual({ status: 'FAILED' });
  });

  test('when new credentials in the same call are refused, and neither half of it shows a secret', async () => {
    const { id } = await withProtectedFile();
    const before = await read(id);
    const answer = await update(id, { config: { format: 'csv' }, credentials: { password: canary('refused') } });
    expect(answer).toMatchObject({ __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS', failed: { status: 'FAILED' } });
    expect(await read(id)).toEqual(before);
    expect((await sync(id)).status).toBe('SUCCEEDED');
    expect(findCanaries([['answer', JSON.stringify(answer)]])).toEqual([]);
  });
});

describe('credentials in the same call', () => {
  test('are tested and swapped together with the config', async () => {
    const { id, web } = await withProtectedFile(canaryNamed('old'));
    web.files.set('/a.csv', { body: 'id;name\n1;a\n', authorization: basic('reader', canaryNamed('new')) });
    const before = await read(id);
    const changed = await update(id, { config: { format: 'csv' }, credentials: { password: canaryNamed('new') } });
    expect(changed).toMatchObject({ sourceConnection: { status: 'ACTIVE', config: { format: 'csv' } }, test: { status: 'PASSED' } });
    const after = await read(id);
    expect(after.credential).toMatchObject({ publicValues: { username: 'reader' }, secretFields: ['password'] });
    expect(after.credential.rotatedAt > before.credential.rotatedAt).toBe(true);
    expect(await sync(id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 1 });
  });

  test.each([
    ['another URL in config', { config: { url: 'http://127.0.0.1:1/a.csv' } }],
    ['no URL any more', { config: { url: null, path: 'a.csv' } }],
  ])('are all needed again when the target changes: %s', async (_title, input) => {
    const { id, web } = await withProtectedFile();
    const before = await read(id);
    const dialled = web.requests.length;
    expect(issuePaths(await update(id, { ...input, runSetupTests: false }))).toEqual(['credentials.password']);
    expect(issuePaths(await update(id, { ...input, credentials: { username: 'other' }, runSetupTests: false }))).toEqual(['credentials.password']);
    expect(await read(id)).toEqual(before);
    expect(web.requests).toHaveLength(dialled);
  });

  test.each([
    ['weaker TLS in config', { config: { tls: 'require' } }],
    ['another host in credentials', { credentials: { host: 'localhost' } }],
    ['another port in credentials', { credentials: { port: 1 } }],
    ['another database in credentials', { credentials: { database: 'postgres' } }],
  ])('are all needed again when the target of a database changes: %s', async (_title, input) => {
    const { id, credentials } = await withDatabase();
    expect(issuePaths(await update(id, { ...input, runSetupTests: false }))).toEqual(['credentials.password']);
    const given = { ...input, credentials: { ...('credentials' in input ? input.credentials : {}), password: credentials.password } };
    expect(await update(id, { ...given, runSetupTests: false })).toMatchObject({ sourceConnection: { status: 'UNVERIFIED' } });
  });

  test('with every secret the target may change, and the new one is what is read', async () => {
    const { id, web } = await withProtectedFile();
    web.files.set('/b.csv', { body: 'id,name\n7,z\n', authorization: basic('reader', canaryNamed('other')) });
    const changed = await update(id, { config: { url: `${web.origin}/b.csv` }, credentials: { password: canaryNamed('other') } });
    expect(changed).toMatchObject({ __typename: 'UpdateSourceConnectionConfigPayload', test: { status: 'PASSED' } });
    expect((await read(id)).streams).toMatchObject([{ name: 'b' }]);
    expect(await sync(id)).toMatchObject({ status: 'SUCCEEDED', streams: [{ name: 'b', recordsRead: 1 }] });
  });

  test('that were refused stay refused when something else changes untested', async () => {
    const { id, web } = await withProtectedFile(canaryNamed('old'));
    web.files.set('/a.csv', { body: 'id,name\n1,a\n', authorization: basic('reader', canaryNamed('new')) });
    expect((await sync(id)).sourceConnection.status).toBe('NEEDS_REAUTH');
    const { statusReason } = await read(id);
    expect(await update(id, { config: { format: 'csv' }, runSetupTests: false })).toMatchObject({
      sourceConnection: { status: 'NEEDS_REAUTH', statusReason },
    });
    expect(await update(id, { credentials: { password: canaryNamed('new') }, runSetupTests: false })).toMatchObject({
      sourceConnection: { status: 'UNVERIFIED', statusReason: null },
    });
  });
});

describe('while a job is active', () => {
  test('it is refused with that job, and accepted when the job has ended', async () => {
    const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
    const jobId = await run(gateway, id);
    const refused = await update(id, { config: { seed: 2 } });
    expect(refused).toMatchObject({ __typename: 'SyncInProgressError', code: 'SYNC_IN_PROGRESS', syncJob: { id: jobId } });
    await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
    expect(await update(id, { streams: [users] })).toMatchObject({ __typename: 'SyncInProgressError' });
    await cancel(gateway, jobId);
    await endOf(gateway, jobId);
    expect((await read(id)).config.seed).toBe(1);
    expect(await update(id, { config: { seed: 2 } })).toMatchObject({ sourceConnection: { config: { seed: 2 } } });
  });

  test('a job that starts during the test wins', async () => {
    const held = await serveHeldFile();
    onTestFinished(() => held.close());
    const { id } = await connect(gateway, {
      name: 'Slow file',
      sourceShortName: 'files',
      config: { url: held.url },
      credentials: { username: 'reader', password: canaryNamed('old') },
      streams: [{ name: 'held' }],
      runSetupTests: false,
    });
    const answer = update(id, { config: { format: 'csv' }, credentials: { password: canaryNamed('new') } });
    await held.requested(1);
    const jobId = await run(gateway, id);
    await held.requested(2);
    held.release(basic('reader', canaryNamed('new')));
    expect(await answer).toMatchObject({ __typename: 'SyncInProgressError', syncJob: { id: jobId } });
    expect((await read(id)).config.format).toBe('auto');
    held.release();
    expect((await endOf(gateway, jobId)).status).toBe('SUCCEEDED');
  });

  test('a delete during the test wins', async () => {
    const held = await serveHeldFile();
    onTestFinished(() => held.close());
    const config = { name: 'Slow file', sourceShortName: 'files', config: { url: held.url }, runSetupTests: false };
    const { id } = await connect(gateway, config);
    const answer = update(id, { config: { format: 'csv' } });
    await held.requested();
    expect(await mutate(gateway, 'deleteSourceConnection', { id })).toMatchObject({ sourceConnection: { status: 'DELETED' } });
    held.release();
    expect(await answer).toMatchObject({ __typename: 'NotFoundError', id });
    expect(await read(id)).toMatchObject({ status: 'DELETED', config: { format: 'auto' } });
  });
});

describe('a streams list', () => {
  test('replaces the whole set; what is left out keeps its records and comes back', async () => {
    const { id, collectionId } = await connect(gateway, { config: { count: 40 } });
    await sync(id);
    const before = await read(id);
    expect(before.recordCount).toBe(40 + 4 + 2);
    await update(id, { streams: [users] });
    const without = await read(id);
    expect(without).toMatchObject({ recordCount: 46, streams: [{ name: 'users', recordCount: 4, state: { index: 4 } }] });
    expect(await recordsOf(gateway, collectionId)).toHaveLength(46);
    expect(await sync(id)).toMatchObject({ recordsRead: 0, streams: [{ name: 'users', status: 'COMPLETE' }] });

    await update(id, { streams: [orders, users] });
    const back = await read(id);
    expect(back.streams).toMatchObject([
      { name: 'orders', recordCount: 40, state: { index: 40 } },
      { name: 'users', recordCount: 4 },
    ]);
    expect(await sync(id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 0, recordsDeleted: 0 });
    expect((await read(id)).recordCount).toBe(46);
    const rows = readControlRows(gateway, (database) =>
      database.prepare('select name from configured_stream where source_connection_id = ?').all(id),
    );
    expect(rows).toHaveLength(3);
  });

  test.each([
    ['cursor field', [{ name: 'orders', cursorField: ['created_at'] }, users], { recordsRead: 40, recordsUnchanged: 40 }],
    ['sync mode', [{ name: 'orders', syncMode: 'INCREMENTAL_APPEND' }, users], { recordsRead: 40 }],
    ['primary key', [{ name: 'orders', primaryKey: [['id'], ['updated_at']] }, users], { recordsRead: 40 }],
  ])("forgets a stream's state when its %s changes, once, and no other stream's", async (_title, streams, first) => {
    const { id } = await connect(gateway, { config: { count: 40 }, streams: [orders, users] });
    await sync(id);
    await update(id, { streams });
    expect((await read(id)).streams).toMatchObject([
      { name: 'orders', state: null, recordCount: 40 },
      { name: 'users', state: { index: 4 } },
    ]);
    // The same list again changes nothing more.
    await update(id, { streams });
    // A job without the stream does not use the change up.
    expect(await sync(id, { streams: [users] })).toMatchObject({ recordsRead: 0 });
    expect(await sync(id)).toMatchObject({ status: 'SUCCEEDED', ...first });
    expect((await read(id)).streams).toMatchObject([
      { name: 'orders', state: { index: 40 }, recordCount: 40 },
      { name: 'users', recordCount: 4 },
    ]);
    expect(await sync(id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 0 });
  });

  test('selected fields alone forget nothing', async () => {
    const { id } = await connect(gateway, { config: { count: 40 }, streams: [orders] });
    await sync(id);
    await update(id, { streams: [{ name: 'orders', selectedFields: ['id', 'updated_at'] }] });
    expect((await read(id)).streams).toMatchObject([{ state: { index: 40 }, selectedFields: ['id', 'updated_at'] }]);
    expect(await sync(id)).toMatchObject({ recordsRead: 0 });
  });

  test('that changes nothing about config leaves the verdict on the source as it is, also without a test', async () => {
    const { id } = await connect(gateway, { config: { count: 40, failAfter: 1 } });
    await sync(id);
    const before = await read(id);
    expect(before.status).toBe('ERROR');
    expect(await update(id, { streams: [users], runSetupTests: false })).toMatchObject({
      sourceConnection: { status: 'ERROR', statusReason: before.statusReason },
    });
  });

  test('discovered again after all streams went does not double the ones that were known', async () => {
    const { id, client } = await withDatabase();
    await sync(id);
    await client.query('drop table item');
    await update(id, { config: { schemas: ['public'] } });
    expect((await read(id)).streams).toEqual([]);
    await client.query('create table item (id int primary key); insert into item values (1), (2)');
    expect((await sync(id)).status).toBe('SUCCEEDED');
    expect(await read(id)).toMatchObject({ recordCount: 2, streams: [{ name: 'item', recordCount: 2 }] });
  });
});

test('a state that was forgotten stays so when the gateway is killed, and the job that reads again goes on where it was', async () => {
  const count = 6_000;
  const first = await startGateway({ env });
  onTestFinished(() => first.cleanUp());
  const { id } = await connect(first, { config: { count }, streams: [orders] });
  await sync(id, {}, first);
  const streams = [{ name: 'orders', cursorField: ['created_at'] }];
  expect((await update(id, { streams, config: { recordsPerSecond: 2_000 } }, first)).__typename).toBe('UpdateSourceConnectionConfigPayload');
  await first.kill();

  const second = await startGateway({ env, dataDir: first.dataDir });
  onTestFinished(() => second.cleanUp());
  expect((await read(id, second)).streams).toMatchObject([{ state: null, recordCount: count }]);
  const jobId = await run(second, id);
  await jobWhere(second, jobId, ({ recordsRead }) => recordsRead >= 1_000);
  await second.kill();

  const third = await startGateway({ env, dataDir: first.dataDir });
  onTestFinished(() => third.cleanUp());
  const job = await endOf(third, jobId);
  expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 2, recordsInserted: 0, sourceConnection: { recordCount: count } });
  expect(job.recordsRead).toBe(count);
  expect(await sync(id, {}, third)).toMatchObject({ recordsRead: 0 });
}, 120_000);

test('no failed update leaves anything behind', async () => {
  const { id } = await withDatabase();
  const before = countControlRows(gateway);
  await update(id, { config: { schemas: ['nowhere'] } });
  await update(id, { config: { colour: 'red' } });
  expect(countControlRows(gateway)).toEqual({ ...before, connection_test: before.connection_test + 1 });
});
