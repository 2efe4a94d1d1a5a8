import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canary } from '../support/canary.ts';
import { countControlRows, readControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { type PostgresDatabase, type PostgresServer, startEmbeddedPostgres } from '../support/postgres.ts';
import { jobEnds, type SeededConnection, seed } from '../support/seed.ts';

let gateway: Gateway;
let server: PostgresServer;
let db: PostgresDatabase;
beforeAll(async () => {
  [gateway, server] = await Promise.all([startGateway(), startEmbeddedPostgres()]);
  db = await server.createDatabase();
  await db.client.query('create table numbers as select n, repeat($$x$$, 100) as text from generate_series(1, 20000) n; create role reader login');
});
afterAll(async () => {
  await gateway?.cleanUp();
  await db?.client.query('drop owned by reader, second; drop role reader, second').catch(() => {});
  await db?.drop();
  await server?.stop();
});

let password: string;
let connection: SeededConnection;
const setPassword = (value: string) =>
  db.client.query(`alter role reader password ${db.client.escapeLiteral(value)}; grant select on numbers to reader`);
beforeEach(async () => {
  password = canary('password');
  await setPassword(password);
  const credentials = { host: '127.0.0.1', port: server.port, database: db.database, username: 'reader', password };
  connection = await seed(gateway).connection({ name: 'Numbers', sourceShortName: 'postgresql', config: {}, credentials }).created();
});

const update = (credentials: object, more: object = {}) =>
  mutate(gateway, 'updateSourceConnectionCredentials', { id: connection.id, credentials, ...more });
const test = async () => (await mutate(gateway, 'testSourceConnection', { id: connection.id }))['sourceConnection'];
const sealed = () =>
  readControlRows(gateway, (database) =>
    database
      .prepare('select sealed from credential where id = (select credential_id from source_connection where id = ?)')
      .pluck()
      .get(connection.id),
  );

describe('new credentials', () => {
  it('are tested, then take the place of the old ones', async () => {
    const next = canary('next');
    const before = sealed();
    await setPassword(next);
    const updated = await update({ password: next });
    expect(updated).toMatchObject({
      __typename: 'UpdateSourceConnectionCredentialsPayload',
      sourceConnection: { status: 'ACTIVE', credential: { publicValues: { username: 'reader' }, secretFields: ['password'] } },
      test: { status: 'PASSED' },
    });
    expect(updated['sourceConnection'].version).toBeGreaterThan(1);
    expect(sealed()).not.toBe(before);
    expect(await test()).toMatchObject({ status: 'ACTIVE' });
  });

  it.each([
    ['InvalidCredentialsError', 'INVALID_CREDENTIALS', () => ({ password: canary('wrong') })],
    ['SourceUnavailableError', 'SOURCE_UNAVAILABLE', () => ({ port: 1, password })],
    ['ConnectionTestFailedError', 'CONNECTION_TEST_FAILED', () => ({ database: 'missing', password })],
  ])('that fail their test give %s, and the old ones stay in force', async (typename, code, credentials) => {
    const before = [sealed(), await test()] as const;
    const rows = countControlRows(gateway);
    const result = await update(credentials());
    expect(result).toMatchObject({ __typename: typename, code, failed: { status: 'FAILED' } });
    expect(countControlRows(gateway)).toEqual({ ...rows, connection_test: rows.connection_test + 1 });
    const { sourceConnection } = await gateway.query(
      'query ($id: ID!) { sourceConnection(id: $id) { version status statusReason latestTest { status } credential { publicValues } } }',
      { id: connection.id },
    );
    expect(sourceConnection).toEqual({
      version: before[1].version,
      status: 'ACTIVE',
      statusReason: null,
      latestTest: { status: 'PASSED' },
      credential: { publicValues: { host: '127.0.0.1', port: server.port, database: db.database, username: 'reader' } },
    });
    expect(sealed()).toBe(before[0]);
    expect(await test()).toMatchObject({ status: 'ACTIVE' });
  });

  it('that are not tested are saved at once, and the connection is UNVERIFIED until something passes', async () => {
    const next = canary('next');
    expect(await update({ password: next }, { runSetupTests: false })).toMatchObject({
      sourceConnection: { status: 'UNVERIFIED', statusReason: null },
      test: null,
    });
    expect(await test()).toMatchObject({ status: 'NEEDS_REAUTH', statusReason: expect.stringContaining('refused') });
    await setPassword(next);
    expect(await test()).toMatchObject({ status: 'ACTIVE', statusReason: null });
  });

  it('acquit a connection whose old ones were refused', async () => {
    const next = canary('next');
    await setPassword(next);
    expect(await test()).toMatchObject({ status: 'NEEDS_REAUTH' });
    expect(await update({ password: next })).toMatchObject({ sourceConnection: { status: 'ACTIVE', statusReason: null } });
  });
});

describe('fields', () => {
  it('that are left out keep their values', async () => {
    expect(await update({})).toMatchObject({ test: { status: 'PASSED' } });
    expect(await update({ username: 'reader' })).toMatchObject({ test: { status: 'PASSED' } });
  });

  it('are cleared by null, which a required one refuses', async () => {
    expect(issuePaths(await update({ password: null }))).toEqual(['credentials.password']);
    expect(issuePaths(await update({ username: null, database: null, password }))).toEqual(['credentials.database', 'credentials.username']);
  });

  it('fall back to their default when null clears them', async () => {
    const result = await update({ port: null, password }, { runSetupTests: false });
    expect(result['sourceConnection'].credential.publicValues.port).toBe(5432);
  });

  it.each<[string, object]>([
    ['host', { host: 'localhost' }],
    ['port', { port: 6543 }],
    ['port by null', { port: null }],
    ['database', { database: 'other' }],
  ])('that name the system (%s) ask for every secret again, tested or not', async (_title, credentials) => {
    const before = sealed();
    for (const runSetupTests of [true, false]) expect(issuePaths(await update(credentials, { runSetupTests }))).toEqual(['credentials.password']);
    expect(sealed()).toBe(before);
  });

  it('that name the system may change together with the secret', async () => {
    expect(await update({ host: 'localhost', password })).toMatchObject({
      sourceConnection: { credential: { publicValues: { host: 'localhost' } } },
      test: { status: 'PASSED' },
    });
  });

  it('that are unknown or of a wrong type are refused, all at once', async () => {
    expect(issuePaths(await update({ port: '5432', username: { name: 'ada' }, sslmode: 'require', password: 1 }))).toEqual([
      'credentials.password',
      'credentials.port',
      'credentials.sslmode',
      'credentials.username',
    ]);
  });
});

it('two updates at the same time lose nothing of each other', async () => {
  const results = await Promise.all([update({ host: 'localhost', password }), update({ username: 'reader' }), update({ password })]);
  expect(results.map(({ __typename }) => __typename)).toEqual(Array(3).fill('UpdateSourceConnectionCredentialsPayload'));
  expect(await test()).toMatchObject({ status: 'ACTIVE' });
  const { sourceConnection } = await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { credential { publicValues } } }', {
    id: connection.id,
  });
  expect(sourceConnection.credential.publicValues).toMatchObject({ host: 'localhost', username: 'reader' });
});

it('a running job keeps the credentials it started with', async () => {
  const next = canary('next');
  await db.client.query(
    `drop role if exists second; create role second login password ${db.client.escapeLiteral(next)}; grant select on numbers to second`,
  );
  const whoReads = async () => {
    await db.client.query('select pg_stat_clear_snapshot()');
    const { rows } = await db.client.query(`select usename from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`);
    return rows.map(({ usename }) => usename);
  };
  /** Starts a job and holds it in the middle of its reading until `meanwhile` is done. */
  const runHeld = async (meanwhile: () => Promise<void>) => {
    await db.client.query('begin; lock table numbers in access exclusive mode');
    const { syncJob } = await mutate(gateway, 'runSourceConnection', { id: connection.id });
    let readers: string[] = [];
    for (; readers.length === 0; readers = await whoReads()) await sleep(20);
    await meanwhile();
    expect(await whoReads()).toEqual(readers);
    await db.client.query('commit');
    return { readers, job: await jobEnds(gateway, syncJob.id) };
  };
  const first = await runHeld(async () => {
    expect(await update({ username: 'second', password: next })).toMatchObject({
      test: { status: 'PASSED' },
      sourceConnection: { status: 'SYNCING' },
    });
  });
  expect(first).toMatchObject({ readers: ['reader'], job: { status: 'SUCCEEDED', recordsRead: 20_000 } });
  expect(await runHeld(async () => {})).toMatchObject({ readers: ['second'], job: { status: 'SUCCEEDED' } });
});

it('a connection that needs none has none to update', async () => {
  const { id } = await seed(gateway).connection().created();
  expect(issuePaths(await mutate(gateway, 'updateSourceConnectionCredentials', { id, credentials: {} }))).toEqual(['credentials']);
});

it.each([
  'sc_01h455vb4pex5vsknk084sn02q',
  'garbage',
  'col_01h455vb4pex5vsknk084sn02q',
])('a connection that does not exist (%s) is NotFound', async (id) => {
  expect(await mutate(gateway, 'updateSourceConnectionCredentials', { id, credentials: {} })).toMatchObject({
    __typename: 'NotFoundError',
    code: 'NOT_FOUND',
    id,
  });
});
