import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canary, canaryNamed, findCanaries } from '../support/canary.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { serveHeldFile } from '../support/held-file.ts';
import { basic, serveFiles } from '../support/http-files.ts';
import { mutate } from '../support/mutate.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { connect, endOf, jobWhere, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
let postgres: PostgresServer;
beforeAll(async () => {
  [gateway, postgres] = await Promise.all([startGateway({ env: { HEADGATE_TICK_MS: '200' } }), startPostgres()]);
});
afterAll(async () => {
  await gateway?.cleanUp();
  await postgres?.stop();
});

const discover = (id: string) => mutate(gateway, 'discoverSourceConnectionStreams', { id });
const everything = `query ($id: ID!) { sourceConnection(id: $id) {
  version status statusReason updatedAt latestTest { id } latestSyncJob { id } streams { id name state recordCount }
} }`;
const read = async (id: string) => (await gateway.query(everything, { id })).sourceConnection;
const storedTest = async (id: string) =>
  (await gateway.query('query ($id: ID!) { node(id: $id) { ... on ConnectionTest { status steps { title status } } } }', { id })).node;

async function withDatabase() {
  const database = await postgres.createDatabase();
  onTestFinished(() => database.drop());
  await database.client.query('create table item (id int primary key, name text); insert into item values (1)');
  const { host, port, user: username, password } = postgres;
  const { id } = await connect(gateway, {
    name: 'Items',
    sourceShortName: 'postgresql',
    credentials: { host, port, database: database.database, username, password },
  });
  return { id, client: database.client };
}

test('shows what the source offers now, configured or not, and changes nothing', async () => {
  const { id, client } = await withDatabase();
  const before = await read(id);
  await client.query('create table later (a int, b int, primary key (a, b)); create view seen as select 1 as one');
  const discovered = await discover(id);
  expect(discovered).toMatchObject({ __typename: 'DiscoverSourceConnectionStreamsPayload', sourceConnection: { id, status: 'ACTIVE' } });
  const found = Object.fromEntries(discovered['streams'].map((stream: { name: string }) => [stream.name, stream]));
  expect(Object.keys(found).sort()).toEqual(['item', 'later', 'seen']);
  expect(found).toMatchObject({
    item: { namespace: 'public', sourceDefinedPrimaryKey: [['id']] },
    later: { sourceDefinedPrimaryKey: [['a'], ['b']] },
    seen: { sourceDefinedPrimaryKey: [] },
  });
  expect(await read(id)).toEqual(before);
});

test('while a job is active it shows the same', async () => {
  const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
  const jobId = await run(gateway, id);
  await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
  const { streams } = await discover(id);
  expect(streams.map(({ name }: { name: string }) => name)).toEqual(['users', 'products', 'orders']);
  await mutate(gateway, 'cancelSyncJob', { id: jobId });
  await endOf(gateway, jobId);
});

describe('what is wrong with the source is told apart, with a stored test, and changes nothing', () => {
  test('refused credentials', async () => {
    const password = canary('password');
    const web = await serveFiles({ '/a.csv': { body: 'id\n1\n', authorization: basic('reader', password) } });
    onTestFinished(() => web.close());
    const { id } = await connect(gateway, {
      name: 'Protected',
      sourceShortName: 'files',
      config: { url: `${web.origin}/a.csv` },
      credentials: { username: 'reader', password },
    });
    web.files.set('/a.csv', { body: 'id\n1\n', authorization: basic('reader', canaryNamed('another')) });
    const before = await read(id);
    const answer = await discover(id);
    expect(answer).toMatchObject({ __typename: 'InvalidCredentialsError', code: 'INVALID_CREDENTIALS' });
    expect(await storedTest(answer['failed'].id)).toMatchObject({ status: 'FAILED', steps: [{ title: 'List the streams', status: 'FAILED' }] });
    expect(await read(id)).toEqual(before);
    expect(findCanaries([['answer', JSON.stringify(answer)]])).toEqual([]);
  });

  test('a source that cannot be reached', async () => {
    const web = await serveFiles({ '/a.csv': { body: 'id\n1\n' } });
    const { id } = await connect(gateway, { name: 'Gone soon', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` } });
    await web.close();
    const before = await read(id);
    const answer = await discover(id);
    expect(answer).toMatchObject({ __typename: 'SourceUnavailableError', code: 'SOURCE_UNAVAILABLE' });
    expect(await storedTest(answer['failed'].id)).toMatchObject({ status: 'FAILED' });
    expect(await read(id)).toEqual(before);
  });

  test('something that is not there any more', async () => {
    const web = await serveFiles({ '/a.csv': { body: 'id\n1\n' } });
    onTestFinished(() => web.close());
    const { id } = await connect(gateway, { name: 'Moved', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` } });
    web.files.clear();
    const before = await read(id);
    const answer = await discover(id);
    expect(answer).toMatchObject({ __typename: 'ConnectionTestFailedError', code: 'CONNECTION_TEST_FAILED' });
    expect(await storedTest(answer['failed'].id)).toMatchObject({ status: 'FAILED' });
    expect(await read(id)).toEqual(before);
  });
});

test('one that does not exist, or is deleted, is not found', async () => {
  const id = 'sc_01jd000000e00000000000000a';
  expect(await discover(id)).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND', id });
});

test('a delete meanwhile does not break it', async () => {
  const held = await serveHeldFile();
  onTestFinished(() => held.close());
  const config = { name: 'Slow file', sourceShortName: 'files', config: { url: held.url }, runSetupTests: false };
  const { id } = await connect(gateway, config);
  const answers = [discover(id), mutate(gateway, 'testSourceConnection', { id })];
  await held.requested(2);
  await mutate(gateway, 'deleteSourceConnection', { id });
  held.release();
  expect((await Promise.all(answers)).map(({ __typename }) => __typename)).toEqual([
    'DiscoverSourceConnectionStreamsPayload',
    'TestSourceConnectionPayload',
  ]);
  expect((await read(id)).status).toBe('DELETED');
});
