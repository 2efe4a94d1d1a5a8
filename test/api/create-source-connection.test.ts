import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary, plainCanary } from '../support/canary.ts';
import { countControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { type PostgresDatabase, type PostgresServer, startEmbeddedPostgres } from '../support/postgres.ts';
import { jobEnds, seed } from '../support/seed.ts';

let gateway: Gateway;
let server: PostgresServer;
let db: PostgresDatabase;
beforeAll(async () => {
  [gateway, server] = await Promise.all([startGateway(), startEmbeddedPostgres()]);
  db = await server.createDatabase();
  await db.client.query('create table customers (id int primary key, name text); insert into customers values (1, $$Ada$$)');
});
afterAll(async () => {
  await gateway?.cleanUp();
  await db?.drop();
  await server?.stop();
});

const faker = { name: 'Ten orders', sourceShortName: 'faker', config: { count: 10 } };
const create = (input: object, selection?: string) => mutate(gateway, 'createSourceConnection', input, selection);
const postgres = (credentials: object = {}) => ({
  name: 'Customers',
  sourceShortName: 'postgresql',
  credentials: { host: '127.0.0.1', port: server.port, database: db.database, username: server.user, password: server.password, ...credentials },
});

describe('creating a source connection', () => {
  it('tests it, saves it and starts the first sync job', async () => {
    const created = await create({ ...faker, name: '  Ten orders  ', description: 'For a demo', metadata: { team: 'sales' } });
    expect(created).toMatchObject({
      __typename: 'CreateSourceConnectionPayload',
      sourceConnection: {
        id: expect.stringMatching(/^sc_[0-7][0-9a-z]{25}$/),
        name: 'Ten orders',
        description: 'For a demo',
        status: 'SYNCING',
        statusReason: null,
        authMethod: 'NONE',
        config: { count: 10, seed: 1, recordsPerSecond: 0, failAfter: 0 },
        metadata: { team: 'sales' },
        collection: { name: 'Ten orders' },
      },
      test: { id: expect.stringMatching(/^test_/), status: 'PASSED' },
      syncJob: { id: expect.stringMatching(/^job_/), status: 'PENDING', trigger: 'CREATE' },
    });
    expect(await jobEnds(gateway, created['syncJob'].id)).toMatchObject({ status: 'SUCCEEDED' });
    const { node } = await gateway.query(
      'query ($id: ID!) { node(id: $id) { ... on SourceConnection { status version latestTest { id } credential { id } } } }',
      {
        id: created['sourceConnection'].id,
      },
    );
    expect(node).toMatchObject({ status: 'ACTIVE', latestTest: { id: created['test'].id }, credential: null });
    expect(node.version).toBeGreaterThan(created['sourceConnection'].version);
  });

  it('shows the public half of the credentials and only the names of the secrets', async () => {
    const { sourceConnection } = await create(
      { ...postgres(), syncImmediately: false },
      'sourceConnection { status authMethod credential { id name authMethod publicValues secretFields createdAt rotatedAt expiresAt } streams { name namespace syncMode primaryKey cursorField selectedFields state recordCount } }',
    );
    expect(sourceConnection).toMatchObject({
      status: 'ACTIVE',
      authMethod: 'CREDENTIALS',
      credential: {
        id: expect.stringMatching(/^cred_/),
        authMethod: 'CREDENTIALS',
        publicValues: { host: '127.0.0.1', port: server.port, database: db.database, username: server.user },
        secretFields: ['password'],
        expiresAt: null,
      },
      streams: [
        {
          name: 'customers',
          namespace: 'public',
          syncMode: 'FULL_REFRESH_OVERWRITE',
          primaryKey: [['id']],
          cursorField: null,
          selectedFields: null,
          state: null,
          recordCount: 0,
        },
      ],
    });
    expect(Object.keys(sourceConnection.credential.publicValues)).not.toContain('password');
    expect(sourceConnection.credential.rotatedAt).toBe(sourceConnection.credential.createdAt);
  });
});

describe('when the setup test fails', () => {
  it.each([
    ['a wrong password', () => postgres({ password: canary('wrong') }), 'InvalidCredentialsError', 'INVALID_CREDENTIALS', 'Authenticate'],
    ['a user that does not exist', () => postgres({ username: 'nobody' }), 'InvalidCredentialsError', 'INVALID_CREDENTIALS', 'Authenticate'],
    ['a port where nothing listens', () => postgres({ port: 1 }), 'SourceUnavailableError', 'SOURCE_UNAVAILABLE', 'Connect to the server'],
    [
      'a host name that does not resolve',
      () => postgres({ host: 'no-such-host.invalid' }),
      'SourceUnavailableError',
      'SOURCE_UNAVAILABLE',
      'Resolve the host name',
    ],
    [
      'a database that does not exist',
      () => postgres({ database: 'missing' }),
      'ConnectionTestFailedError',
      'CONNECTION_TEST_FAILED',
      'Authenticate',
    ],
    [
      'a schema that does not exist',
      () => ({ ...postgres(), config: { schemas: ['missing'] } }),
      'ConnectionTestFailedError',
      'CONNECTION_TEST_FAILED',
      'List what may be read',
    ],
    [
      'a file that does not exist',
      () => ({ name: 'Missing', sourceShortName: 'files', config: { path: 'no-such-file.csv' } }),
      'ConnectionTestFailedError',
      'CONNECTION_TEST_FAILED',
      'Open the file',
    ],
  ])('because of %s, nothing but the test is saved, and the error says which', async (_title, input, typename, code, step) => {
    const before = countControlRows(gateway);
    const result = await create(input());
    expect(result).toMatchObject({ __typename: typename, code, failed: { status: 'FAILED', message: result['message'] } });
    expect(result['failed'].steps.at(-1)).toMatchObject({ title: step, status: 'FAILED' });
    expect(countControlRows(gateway)).toEqual({ ...before, connection_test: before.connection_test + 1 });
    const { node } = await gateway.query('query ($id: ID!) { node(id: $id) { ... on ConnectionTest { status } } }', { id: result['failed'].id });
    expect(node).toEqual({ status: 'FAILED' });
  });

  it('not even the collection that was to be created is saved', async () => {
    const before = countControlRows(gateway);
    await create({ ...postgres({ port: 1 }), collection: { create: { name: 'Never' } } });
    expect(countControlRows(gateway).collection).toBe(before.collection);
  });
});

describe('without setup tests', () => {
  let listener: Server;
  let dialled = 0;
  beforeAll(async () => {
    listener = createServer((socket) => {
      dialled++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => listener.once('listening', listening));
  });
  afterAll(() => void listener.close());

  it('nothing is dialled and the connection is UNVERIFIED', async () => {
    const input = { ...postgres({ port: (listener.address() as { port: number }).port }), runSetupTests: false, syncImmediately: false };
    expect(await create(input)).toMatchObject({ sourceConnection: { status: 'UNVERIFIED', statusReason: null }, test: null, syncJob: null });
    expect(dialled).toBe(0);
  });

  it('streams are taken at their word, and the first sync still runs', async () => {
    const input = { ...faker, runSetupTests: false, streams: [{ name: 'users' }] };
    const created = await create(input, 'sourceConnection { id status streams { name } } test { id } syncJob { id }');
    expect(created).toMatchObject({ sourceConnection: { status: 'SYNCING', streams: [{ name: 'users' }] }, test: null });
    expect(await jobEnds(gateway, created['syncJob'].id)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('the collection', () => {
  const collectionOf = async (collection?: object, name = 'Ten orders') =>
    (await create({ ...faker, name, syncImmediately: false, ...(collection ? { collection } : {}) }))['sourceConnection'].collection;

  it('is created and named like the connection when none is given, with a slug of its own', async () => {
    const [first, second, third] = [
      await collectionOf(undefined, 'Café & Olé'),
      await collectionOf(undefined, 'Café & Olé'),
      await collectionOf(undefined, '日本語です'),
    ];
    expect([first, second, third]).toMatchObject([
      { name: 'Café & Olé', readableId: 'cafe-ole' },
      { name: 'Café & Olé', readableId: 'cafe-ole-2' },
      { name: '日本語です', readableId: 'collection' },
    ]);
  });

  it('can be one that exists, by its id or its slug', async () => {
    const collection = await seed(gateway).collection({ readableId: 'the-shop' }).created();
    expect(await collectionOf({ id: collection.id })).toEqual(collection);
    expect(await collectionOf({ readableId: 'the-shop' })).toEqual(collection);
  });

  it('can be created with it', async () => {
    expect(await collectionOf({ create: { name: 'New', readableId: 'brand-new' } })).toMatchObject({ name: 'New', readableId: 'brand-new' });
  });

  it.each([
    { id: 'col_01h455vb4pex5vsknk084sn02q' },
    { id: 'garbage' },
    { readableId: 'no-such' },
  ])('that does not exist (%o) is NotFound', async (collection) => {
    const before = countControlRows(gateway);
    expect(await create({ ...faker, collection })).toMatchObject({
      __typename: 'NotFoundError',
      code: 'NOT_FOUND',
      id: Object.values(collection)[0],
    });
    expect(countControlRows(gateway)).toEqual(before);
  });

  it('whose slug is taken is a conflict, and nothing is saved', async () => {
    await seed(gateway).collection({ readableId: 'taken' }).created();
    const before = countControlRows(gateway);
    expect(await create({ ...postgres(), collection: { create: { name: 'Other', readableId: 'taken' } } })).toMatchObject({
      __typename: 'ConflictError',
      code: 'CONFLICT',
    });
    expect(countControlRows(gateway)).toEqual(before);
  });

  it('created by two at the same time gets two slugs', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => collectionOf(undefined, 'At once')));
    expect(new Set(made.map(({ readableId }) => readableId)).size).toBe(8);
  });
});

describe('what breaks a rule is refused with its path', () => {
  const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));
  const files = { name: 'A file', sourceShortName: 'files' };
  const withStream = (stream: object, more: object[] = []) => ({ ...faker, streams: [{ name: 'users', ...stream }, ...more] });

  it.each<[string, object, string[]]>([
    ['a name of 3 characters', { ...faker, name: 'abc' }, ['name']],
    ['a name of 43 characters', { ...faker, name: 'x'.repeat(43) }, ['name']],
    ['a name of blanks', { ...faker, name: '      ' }, ['name']],
    ['a description of 256 characters', { ...faker, description: 'x'.repeat(256) }, ['description']],
    ['17 pairs of metadata', { ...faker, metadata: pairs(17) }, ['metadata']],
    ['a metadata key of 65 characters', { ...faker, metadata: { ['k'.repeat(65)]: 'v' } }, [`metadata.${'k'.repeat(65)}`]],
    ['a metadata key of none', { ...faker, metadata: { '': 'v' } }, ['metadata.']],
    ['a metadata value of 513 characters', { ...faker, metadata: { key: 'v'.repeat(513) } }, ['metadata.key']],
    ['a metadata value that is a number', { ...faker, metadata: { key: 1 } }, ['metadata.key']],
    ['a metadata value that is an object', { ...faker, metadata: { key: { nested: 'x' } } }, ['metadata.key']],
    ['a metadata value that is null', { ...faker, metadata: { key: null } }, ['metadata.key']],
    ['an unknown source', { ...faker, sourceShortName: 'oracle' }, ['sourceShortName']],
    ['a source named like what every object has', { ...faker, sourceShortName: 'constructor' }, ['sourceShortName']],
    ['an auth method that the source does not offer', { ...faker, authMethod: 'OAUTH2' }, ['authMethod']],
    ['an unknown config field', { ...faker, config: { cuont: 10 } }, ['config.cuont']],
    ['a config field named __proto__', { ...faker, config: JSON.parse('{ "__proto__": { "count": 3 } }') }, ['config.__proto__']],
    ['a text for a whole number', { ...faker, config: { count: '10' } }, ['config.count']],
    ['a fraction for a whole number', { ...faker, config: { count: 1.5 } }, ['config.count']],
    ['a negative count', { ...faker, config: { count: -1 } }, ['config.count']],
    ['an object where the source has none', { ...faker, config: { count: { value: 10 } } }, ['config.count']],
    ['a list where the source has none', { ...faker, config: { count: [10] } }, ['config.count']],
    ['null for a field', { ...faker, config: { count: null } }, ['config.count']],
    ['neither path nor URL', { ...files, config: {} }, ['config.path']],
    ['path and URL', { ...files, config: { path: 'a.csv', url: 'https://example.com/a.csv' } }, ['config.path']],
    ['a URL that is none', { ...files, config: { url: 'no url' } }, ['config.url']],
    ['a URL of another scheme', { ...files, config: { url: 'file:///etc/passwd' } }, ['config.url']],
    ['a URL with credentials', { ...files, config: { url: `https://ada:${plainCanary('userinfo')}@example.com/a.csv` } }, ['config.url']],
    ['an unknown format', { ...files, config: { path: 'a.csv', format: 'xml' } }, ['config.format']],
    ['credentials for a source that needs none', { ...faker, credentials: { password: canary() } }, ['credentials.password']],
    ['half of the credentials', { ...files, config: { path: 'a.csv' }, credentials: { username: 'ada' } }, ['credentials.password']],
    [
      'credentials of two methods',
      { ...files, config: { path: 'a.csv' }, credentials: { username: 'ada', password: canary(), token: canary() } },
      ['credentials.token'],
    ],
    [
      'credentials that are none of the method asked for',
      { ...files, config: { path: 'a.csv' }, authMethod: 'API_KEY', credentials: { username: 'ada' } },
      ['credentials.token', 'credentials.username'],
    ],
    [
      'no credentials where some are needed',
      { name: 'Nothing', sourceShortName: 'postgresql' },
      ['credentials.database', 'credentials.host', 'credentials.password', 'credentials.username'],
    ],
    [
      'several wrong credentials at once',
      {
        name: 'Wrong',
        sourceShortName: 'postgresql',
        credentials: { host: '', port: '5432', database: 1, username: ['ada'], password: { value: canary() }, sslmode: 'x' },
      },
      ['credentials.database', 'credentials.host', 'credentials.password', 'credentials.port', 'credentials.sslmode', 'credentials.username'],
    ],
    [
      'a port out of range',
      { name: 'Wrong', sourceShortName: 'postgresql', credentials: { host: 'h', port: 65536, database: 'd', username: 'u', password: canary() } },
      ['credentials.port'],
    ],
    ['an unknown stream', { ...faker, streams: [{ name: 'users' }, { name: 'nope' }] }, ['streams.1.name']],
    ['a stream of another namespace', withStream({ namespace: 'public' }), ['streams.0.name']],
    ['a stream listed twice', withStream({}, [{ name: 'users' }]), ['streams.1.name']],
    ['no selected fields', withStream({ selectedFields: [] }), ['streams.0.selectedFields']],
    ['an unknown selected field', withStream({ selectedFields: ['id', 'nope'] }), ['streams.0.selectedFields']],
    ['an unknown cursor field', withStream({ cursorField: ['nope'] }), ['streams.0.cursorField']],
    ['an unknown primary key', withStream({ primaryKey: [['nope']] }), ['streams.0.primaryKey']],
    ['a primary key with an empty path', withStream({ primaryKey: [[]] }), ['streams.0.primaryKey']],
    ['a deduped stream without a primary key', withStream({ syncMode: 'INCREMENTAL_DEDUPED', primaryKey: [] }), ['streams.0.primaryKey']],
    ['an incremental stream without a cursor', withStream({ syncMode: 'INCREMENTAL_APPEND', cursorField: [] }), ['streams.0.cursorField']],
    ['a collection without a name', { ...faker, collection: { create: { name: ' ' } } }, ['collection.create.name']],
    ['a slug with blanks', { ...faker, collection: { create: { name: 'Shop', readableId: 'the shop' } } }, ['collection.create.readableId']],
  ])('%s', async (_title, input, paths) => {
    const before = countControlRows(gateway);
    const result = await create(input);
    expect(issuePaths(result)).toEqual(paths.sort());
    expect(result['code']).toBe('VALIDATION_FAILED');
    for (const { message } of result['issues']) expect(message).toMatch(/^[A-Z].{8,}/);
    const rows = countControlRows(gateway);
    expect({ ...rows, connection_test: 0 }).toEqual({ ...before, connection_test: 0 });
  });

  it('everything that is wrong is told at once', async () => {
    const result = await create({
      name: 'abc',
      description: 'x'.repeat(256),
      sourceShortName: 'postgresql',
      metadata: { key: 1 },
      config: { tls: 'maybe', nope: 1 },
      credentials: { port: 'x' },
    });
    expect(issuePaths(result)).toEqual(
      [
        'name',
        'description',
        'metadata.key',
        'config.tls',
        'config.nope',
        'credentials.port',
        'credentials.host',
        'credentials.database',
        'credentials.username',
        'credentials.password',
      ].sort(),
    );
    expect(result['message']).toContain('(and 9 more)');
  });

  it('what is just within the limits passes', async () => {
    const metadata = { ...pairs(15), ['k'.repeat(64)]: 'v'.repeat(512) };
    for (const name of ['abcd', 'x'.repeat(42)])
      expect(await create({ ...faker, name, description: 'x'.repeat(255), metadata, syncImmediately: false })).toMatchObject({
        sourceConnection: { name, metadata },
      });
  });
});

describe('the streams', () => {
  it('are all that the source offers, incremental where it knows key and cursor', async () => {
    const { sourceConnection } = await create(
      { ...faker, syncImmediately: false },
      'sourceConnection { streams { name syncMode primaryKey cursorField } }',
    );
    expect(sourceConnection.streams).toEqual(
      ['users', 'products', 'orders'].map((name) => ({ name, syncMode: 'INCREMENTAL_DEDUPED', primaryKey: [['id']], cursorField: ['updated_at'] })),
    );
  });

  it('keep the order and the settings of the input', async () => {
    const streams = [
      { name: 'orders', syncMode: 'FULL_REFRESH_APPEND', selectedFields: ['id', 'updated_at'] },
      { name: 'users', syncMode: 'INCREMENTAL_APPEND', cursorField: ['updated_at'], primaryKey: [] },
    ];
    const { sourceConnection } = await create(
      { ...faker, streams, syncImmediately: false },
      'sourceConnection { streams { name syncMode primaryKey cursorField selectedFields } }',
    );
    expect(sourceConnection.streams).toMatchObject(streams);
  });
});
