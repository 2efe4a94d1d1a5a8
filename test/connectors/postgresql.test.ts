import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/connector/check.ts';
import type { DiscoveredStream, JsonObject, StreamToRead } from '../../src/connector/connector.ts';
import { SourceFailure } from '../../src/connector/failures.ts';
import type { Message } from '../../src/connector/messages.ts';
import { postgresql } from '../../src/connectors/postgresql.ts';
import { canaryNamed } from '../support/canary.ts';
import { type ConnectorInput, connectorContract, contextFor, readInto, recordsOf, streamToRead } from '../support/connector-contract.ts';
import { type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { loadVega, type VegaData } from '../support/vega.ts';

let server: PostgresServer;
let db: PostgresDatabase;
let vega: VegaData;
let hole: Server;
let input: ConnectorInput & { credentials: JsonObject };

beforeAll(async () => {
  server = await startPostgres();
  db = await server.createDatabase();
  const { host, port, user: username, password } = server;
  input = { credentials: { host, port, database: db.database, username, password } };
  vega = await loadVega(db.client);
  await db.client.query(`
    create table changes (id int primary key, label text, updated_at timestamptz not null);
    insert into changes select n, 'no ' || n, '2026-01-01'::timestamptz + (n / 700) * interval '1.000001 second' from generate_series(1, 12000) n;
    create table keyless as select n % 6000 as n, 'ü' || n as label from generate_series(1, 11000) n;
    analyze`);
  // Takes the connection and every byte, and never says a word.
  hole = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await new Promise((listening) => hole.once('listening', listening));
}, 60_000);

afterAll(async () => {
  hole?.close();
  await db?.drop();
  await server?.stop();
});

const context = (config: JsonObject = {}, credentials: JsonObject = {}, signal?: AbortSignal) =>
  contextFor({ connector: postgresql }, { config, credentials: { ...input.credentials, ...credentials } }, signal);
const check = (config?: JsonObject, credentials?: JsonObject) => runCheck(postgresql, context(config, credentials), (text) => text);
const discover = (config?: JsonObject) => postgresql.discover(context(config));

async function discovered(name: string, config?: JsonObject): Promise<DiscoveredStream> {
  const found = (await discover(config)).find((stream) => stream.name === name);
  if (!found) throw new Error(`${name} was not discovered`);
  return found;
}

/** Creates tables for one test; `sql` may use `s` as its schema. */
async function schemaWith(sql: string): Promise<void> {
  await db.client.query(`drop schema if exists s cascade; create schema s; set search_path = s, public; ${sql}`);
}
afterEach(() => db.client.query('drop schema if exists s cascade; reset search_path'));

const inS: JsonObject = { schemas: ['s'] };

async function messagesOf(streams: readonly StreamToRead[], config: JsonObject = inS): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of postgresql.read(context(config), streams)) messages.push(message);
  return messages;
}

async function rowsOf(name: string, changes: Partial<StreamToRead> = {}): Promise<Record<string, unknown>[]> {
  const messages = await messagesOf([streamToRead(await discovered(name, inS), changes)]);
  return messages.flatMap(recordsOf).map(({ json }) => JSON.parse(json) as Record<string, unknown>);
}

const lastState = (messages: readonly Message[]) => messages.flatMap((message) => (message.type === 'STATE' ? [message.state] : [])).at(-1) ?? null;

connectorContract('postgresql', async () => {
  const { port } = hole.address() as { port: number };
  const stream = (name: string, changes: Partial<StreamToRead>): StreamToRead => ({
    name,
    namespace: 'public',
    syncMode: 'INCREMENTAL_APPEND',
    cursorField: null,
    primaryKey: [],
    selectedFields: null,
    state: null,
    ...changes,
  });
  return {
    connector: postgresql,
    ...input,
    refused: { credentials: { ...input.credentials, username: 'nobody_of_this_name' } },
    unreachable: { credentials: { ...input.credentials, port: 1 } },
    at: (host) => ({ credentials: { ...input.credentials, host } }),
    silent: { credentials: { ...input.credentials, port }, streams: [stream('changes', {})] },
    alsoRead: () => [
      stream('keyless', { cursorField: ['n'] }),
      stream('changes', { cursorField: ['id'], primaryKey: [['id']], selectedFields: ['label'] }),
      stream('stocks', { cursorField: ['price'], primaryKey: [['symbol'], ['date']] }),
    ],
  };
});

describe('testing a connection', () => {
  test('shows the steps a person understands', async () => {
    const { steps } = await check();
    expect(steps.map(({ title, status }) => [title, status])).toEqual([
      ['Resolve the host name', 'PASSED'],
      ['Connect to the server', 'PASSED'],
      ['Authenticate', 'PASSED'],
      ['List what may be read', 'PASSED'],
    ]);
  });
  test.each([
    ['a database that does not exist', {}, { database: 'no_such_database' }, 'CONFIG', 'Authenticate'],
    ['a schema that does not exist', { schemas: ['public', 'no_such_schema'] }, {}, 'CONFIG', 'List what may be read'],
    ['a host name that does not exist', {}, { host: 'no-such-host.invalid' }, 'UNAVAILABLE', 'Resolve the host name'],
    ['the metadata address of a cloud', {}, { host: '169.254.169.254' }, 'CONFIG', 'Resolve the host name'],
    ['a user that does not exist', {}, { username: 'no_such_user' }, 'AUTH', 'Authenticate'],
  ])('%s fails at the right step', async (_title, config, credentials, failureType, title) => {
    const outcome = await check(config, credentials);
    expect(outcome).toMatchObject({ status: 'FAILED', failureType });
    expect(outcome.steps.at(-1)).toMatchObject({ title, status: 'FAILED' });
  });
  test('an empty schema is a warning', async () => {
    await schemaWith('');
    expect(await check(inS)).toMatchObject({ status: 'WARNING' });
  });
  test('a server that falls silent is not waited for', async () => {
    const { port } = hole.address() as { port: number };
    expect(await check({}, { port })).toMatchObject({ status: 'FAILED', failureType: 'TIMEOUT' });
  }, 20_000);
});

describe('discovering', () => {
  test('finds all kinds of relations that the user may read, but not partitions', async () => {
    await schemaWith(`
      create table plain (id int primary key); create view seen as select * from plain; create materialized view kept as select * from plain;
      create table parted (id int, part int, primary key (id, part)) partition by list (part); create table part1 partition of parted for values in (1)`);
    expect((await discover(inS)).map(({ name }) => name)).toEqual(['kept', 'parted', 'plain', 'seen']);
  });
  test('tells keys in their own order, schemas, sync modes and estimates', async () => {
    await schemaWith(`
      create domain amount as numeric(10,2); create type mood as enum ('ok');
      create table t (b int, a text, n amount, m mood[], at timestamptz not null, primary key (a, b)); insert into t select n, n, 1, null, now() from generate_series(1, 50) n; analyze t;
      create table j (data jsonb)`);
    const [j, t] = await discover(inS);
    expect(t).toMatchObject({ namespace: 's', sourceDefinedPrimaryKey: [['a'], ['b']], estimatedRecordCount: 50, defaultCursorField: null });
    expect(t?.supportedSyncModes).toContain('INCREMENTAL_DEDUPED');
    expect(t?.jsonSchema['properties']).toEqual({
      b: { type: 'integer', 'x-postgresql-type': 'integer' },
      a: { type: 'string', 'x-postgresql-type': 'text' },
      n: { type: ['string', 'null'], 'x-postgresql-type': 's.amount' },
      m: { type: ['array', 'null'], items: { type: ['string', 'null'] }, 'x-postgresql-type': 's.mood[]' },
      at: { type: 'string', format: 'date-time', 'x-postgresql-type': 'timestamp with time zone' },
    });
    expect(j).toMatchObject({
      supportedSyncModes: ['FULL_REFRESH_OVERWRITE', 'FULL_REFRESH_APPEND'],
      estimatedRecordCount: null,
      sourceDefinedPrimaryKey: [],
    });
  });
  test('offers as cursor what is set at each change, never an ascending key', async () => {
    await schemaWith('create table a (id int primary key, updated_at timestamp not null); create table b (id int primary key, updated_at timestamp)');
    expect((await discover(inS)).map(({ defaultCursorField }) => defaultCursorField)).toEqual([['updated_at'], null]);
  });
  test('leaves out what the user may not read, down to single columns', async () => {
    await schemaWith('create table secret (id int); create table half (id int primary key, open text, hidden text)');
    const role = `headgate_role_${db.database.slice(-12)}`;
    await db.client.query(
      `create role ${role} login password '${canaryNamed('reader')}'; grant usage on schema s to ${role}; grant select (id, open) on s.half to ${role}`,
    );
    try {
      const found = await postgresql.discover(context(inS, { username: role, password: canaryNamed('reader') }));
      expect(found.map(({ name, jsonSchema }) => [name, Object.keys(jsonSchema['properties'] as object)])).toEqual([['half', ['id', 'open']]]);
      for (const half of found)
        expect((await readAll(context(inS, { username: role, password: canaryNamed('reader') }), streamToRead(half))).at(-1)).toMatchObject({
          status: 'COMPLETE',
        });
    } finally {
      await db.client.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});

async function readAll(given: ReturnType<typeof context>, stream: StreamToRead): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of postgresql.read(given, [stream])) messages.push(message);
  return messages;
}

describe('reading values', () => {
  // PostgreSQL text cannot hold the NUL character, so there is nothing to test about it.
  const columns: [name: string, type: string, sql: string, expected: unknown][] = [
    ['yes', 'bool', 'true', true],
    ['small', 'int2', '-32768', -32768],
    ['safe', 'int8', '9007199254740991', 9007199254740991],
    ['unsafe', 'int8', '9007199254740993', '9007199254740993'],
    ['negative', 'int8', '-9223372036854775808', '-9223372036854775808'],
    ['money', 'numeric', '12345678901234567890.1234567890', '12345678901234567890.1234567890'],
    ['nan', 'numeric', `'NaN'`, 'NaN'],
    ['real', 'float4', '0.1', 0.1],
    ['double', 'float8', '0.1::float8 + 0.2::float8', 0.1 + 0.2],
    ['tiny', 'float8', '5e-324', 5e-324],
    ['floatnan', 'float8', `'NaN'`, 'NaN'],
    ['floatinf', 'float8', `'-Infinity'`, '-Infinity'],
    ['nothing', 'text', 'null', null],
    ['backslash_n', 'text', `E'\\\\N'`, '\\N'],
    ['empty', 'text', `''`, ''],
    [
      'wild',
      'text',
      `E'tab\\tline\\nreturn\\rback\\bform\\fvert\\x0bbell\\x07 "quoted" \\\\ \\\\v \\\\" end'`,
      'tab\tline\nreturn\rback\bform\fvert\vbell\x07 "quoted" \\ \\v \\" end',
    ],
    ['unicode', 'varchar', `'naïve 日本語 👩‍👩‍👧 \u2028'`, 'naïve 日本語 👩‍👩‍👧 \u2028'],
    ['padded', 'char(3)', `'a'`, 'a  '],
    ['bytes', 'bytea', `'\\x00ff10'`, 'AP8Q'],
    ['nobytes', 'bytea', `''`, ''],
    ['json', 'json', `E'{"a" :\\n [1, "x\\\\ny", null]}'`, { a: [1, 'x\ny', null] }],
    ['jsonb', 'jsonb', `'{"q": "\\"", "u": "\\u00e9\\u2028", "t": "\\\\t"}'`, { q: '"', u: 'é\u2028', t: '\\t' }],
    [
      'jsonlong',
      'jsonb',
      `'{"n": 9007199254740993, "d": [1.23456789012345678901, 12], "s": "12345678901234567890"}'`,
      { n: '9007199254740993', d: ['1.23456789012345678901', 12], s: '12345678901234567890' },
    ],
    ['jsonexponent', 'json', `'{"big": 1e400, "e": "1e400"}'`, { big: '1e400', e: '1e400' }],
    ['jsonnull', 'jsonb', `'null'`, null],
    ['day', 'date', `'2026-03-29'`, '2026-03-29'],
    ['micro', 'timestamptz', `'2026-01-07 11:00:00.123456+01'`, '2026-01-07T10:00:00.123456Z'],
    ['local', 'timestamp', `'2026-01-07 10:00:00.123456'`, '2026-01-07T10:00:00.123456'],
    ['forever', 'timestamptz', `'infinity'`, 'infinity'],
    ['ancient', 'timestamp', `'0044-03-15 10:00:00 BC'`, '0044-03-15 10:00:00 BC'],
    ['far', 'timestamptz', `'12026-01-07 10:00:00+00'`, '12026-01-07T10:00:00Z'],
    ['clock', 'time', `'10:00:00.5'`, '10:00:00.5'],
    ['span', 'interval', `'1 year 2 days 3 hours'`, 'P1Y2DT3H'],
    ['id', 'uuid', `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'`, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['range', 'int4range', `'[1,5)'`, '[1,5)'],
    ['composite', 'point_pair', `row('a "b"', 2)`, '("a ""b""",2)'],
    ['mood', 'mood', `'so-so'`, 'so-so'],
    ['domain', 'positive', '7', 7],
    ['address', 'inet', `'::1'`, '::1'],
    ['ints', 'int4[]', `'{1,NULL,3}'`, [1, null, 3]],
    ['bigs', 'int8[]', `'{1,9007199254740993}'`, [1, '9007199254740993']],
    ['nums', 'numeric[]', `'{1.10,NaN}'`, ['1.10', 'NaN']],
    ['texts', 'text[]', `array['a,b', '{c}', 'd"e\\f', 'NULL', null, '', ' x ', E'l\\n']`, ['a,b', '{c}', 'd"e\\f', 'NULL', null, '', ' x ', 'l\n']],
    [
      'matrix',
      'int4[][]',
      `'{{1,2},{3,4}}'`,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['shifted', 'int4[]', `'[0:1]={7,8}'`, [7, 8]],
    ['none', 'text[]', `'{}'`, []],
    ['stamps', 'timestamptz[]', `array['2026-01-07 10:00:00.000001+00'::timestamptz]`, ['2026-01-07T10:00:00.000001Z']],
    ['docs', 'jsonb[]', `array['{"a": [1, "}"]}'::jsonb]`, [{ a: [1, '}'] }]],
    ['blobs', 'bytea[]', `array['\\x00ff'::bytea]`, ['AP8=']],
    ['boxes', 'box[]', `array[box '((1,2),(0,0))', box '((3,4),(0,0))']`, ['(1,2),(0,0)', '(3,4),(0,0)']],
    ['moods', 'mood[]', `array['so-so'::mood]`, ['so-so']],
    ['flags', 'bool[]', `'{t,f}'`, [true, false]],
  ];
  const expected = Object.fromEntries(columns.map(([name, , , value]) => [name, value]));

  async function createTypes(): Promise<void> {
    await schemaWith(`
      create type point_pair as (a text, b int); create type mood as enum ('so-so'); create domain positive as int check (value > 0);
      create table types (${columns.map(([name, type]) => `"${name}" ${type}`).join(', ')});
      insert into types values (${columns.map(([, , sql]) => sql).join(', ')})`);
  }

  const home = process.env['TZ'];
  afterEach(() => {
    if (home === undefined) delete process.env['TZ'];
    else process.env['TZ'] = home;
  });
  test.each([
    ['UTC', 0],
    ['Asia/Kolkata', -330],
    ['America/New_York', 300],
  ])('every type arrives without loss when this process runs in %s', async (zone, minutesToUtc) => {
    process.env['TZ'] = zone;
    expect(new Date('2026-01-01T00:00:00Z').getTimezoneOffset()).toBe(minutesToUtc);
    await createTypes();
    expect(await rowsOf('types')).toEqual([expected]);
  });
  test('a server with other habits of printing gives the same', async () => {
    await createTypes();
    const { database } = db;
    await db.client.query(`alter database ${database} set timezone = 'Asia/Kolkata'; alter database ${database} set datestyle = 'SQL, DMY';
      alter database ${database} set bytea_output = 'escape'; alter database ${database} set extra_float_digits = 0; alter database ${database} set intervalstyle = 'postgres'`);
    try {
      expect(await rowsOf('types')).toEqual([expected]);
    } finally {
      await db.client.query(`alter database ${database} reset all`);
    }
  });
  test('names of every kind are quoted', async () => {
    await schemaWith(
      `create table "Mixed ""Case"" 表" ("Ünï ""q""" int primary key, "select" text, "a\\b" text, "line\nend" int); insert into "Mixed ""Case"" 表" values (1, 'x', 'y', 2)`,
    );
    expect(await rowsOf('Mixed "Case" 表')).toEqual([{ 'Ünï "q"': 1, select: 'x', 'a\\b': 'y', 'line\nend': 2 }]);
  });
  test('long values cross many packets unharmed', async () => {
    await schemaWith(`create table long as select n as id, repeat(n || E'é\\n"', 60000) as body from generate_series(1, 20) n`);
    const rows = await rowsOf('long');
    expect(rows.map(({ id, body }) => body === `${id}é\n"`.repeat(60000))).toEqual(Array(20).fill(true));
  });
  test('batches stay small, by records and by bytes', async () => {
    await schemaWith(
      `create table wide as select repeat('x', 100000) as body from generate_series(1, 200); create table slim as select 1 as n from generate_series(1, 20001)`,
    );
    const sizes = async (name: string) =>
      (await messagesOf([streamToRead(await discovered(name, inS))])).map((message) => recordsOf(message).length).filter(Boolean);
    expect(await sizes('slim')).toEqual([5000, 5000, 5000, 5000, 1]);
    expect(Math.max(...(await sizes('wide')))).toBeLessThanOrEqual(43);
  });
  test('a table without columns has empty records', async () => {
    await schemaWith('create table bare (); insert into bare default values; insert into bare default values');
    expect(await rowsOf('bare')).toEqual([{}, {}]);
  });
  test('only selected fields are in the data, the key is read nevertheless', async () => {
    await schemaWith(
      `create table t (a int, b timestamptz, c text, d int, primary key (d, b)); insert into t values (1, '2026-01-07 10:00:00+00', 'c', 4)`,
    );
    const messages = await messagesOf([streamToRead(await discovered('t', inS), { selectedFields: ['c', 'a', 'gone'] })]);
    expect(messages.flatMap(recordsOf)).toEqual([{ key: ['4', '2026-01-07T10:00:00Z'], json: '{"a":1,"c":"c"}' }]);
  });
  test('a record without a key is rejected where a person chose the key', async () => {
    await schemaWith(`create table t (a text); insert into t values ('x'), (null), ('null')`);
    const messages = await messagesOf([streamToRead(await discovered('t', inS), { primaryKey: [['a']] })]);
    expect(messages.flatMap(recordsOf).map(({ key }) => key)).toEqual([['x'], ['null']]);
    expect(messages.filter(({ type }) => type === 'REJECTED')).toHaveLength(1);
  });
  test('the airports and flights of vega arrive as they are in the files', async () => {
    const byName = async (name: string) => {
      const { byKey } = await readInto(postgresql, context(), streamToRead(await discovered(name)));
      return [...byKey.values()].map((json) => JSON.parse(json) as Record<string, unknown>);
    };
    const airports = new Map((await byName('airports')).map((airport) => [airport['iata'], airport]));
    expect(airports.size).toBe(vega.airports.length);
    for (const { latitude, longitude, ...rest } of vega.airports) {
      expect(airports.get(rest['iata'])).toEqual({ ...rest, latitude: Number(latitude), longitude: Number(longitude) });
    }
    const flights = (await messagesOf([streamToRead(await discovered('flights'))], {})).flatMap(recordsOf);
    const texts = vega.flights.map(({ date, ...rest }) => JSON.stringify({ date: `${date.replaceAll('/', '-').replace(' ', 'T')}:00`, ...rest }));
    expect(flights.map(({ json }) => json).sort()).toEqual(texts.sort());
  });
});

describe('reading incrementally', () => {
  const byCursor = { syncMode: 'INCREMENTAL_DEDUPED', cursorField: ['at'], primaryKey: [['id']] } as const;
  const idsOf = (messages: readonly Message[]) => messages.flatMap(recordsOf).map(({ key }) => Number(key?.[0]));

  test('the next read begins at the last cursor, inclusive of records with the same value and any key', async () => {
    await schemaWith(`create table t (id int primary key, at date not null); insert into t values (5, '2026-01-01'), (6, '2026-01-02')`);
    const t = await discovered('t', inS);
    const first = await messagesOf([streamToRead(t, byCursor)]);
    expect(idsOf(first)).toEqual([5, 6]);
    await db.client.query(`insert into t values (1, '2026-01-02'), (2, '2026-01-01')`);
    const second = await messagesOf([streamToRead(t, { ...byCursor, state: lastState(first) })]);
    expect(idsOf(second)).toEqual([1, 6]);
    expect(idsOf(await messagesOf([streamToRead(t, { ...byCursor, state: lastState(second) })]))).toEqual([1, 6]);
  });
  test('microseconds of the cursor are not lost between two reads', async () => {
    await schemaWith(
      `create table t (id int primary key, at timestamptz not null); insert into t values (1, '2026-01-01 00:00:00.123455+00'), (2, '2026-01-01 00:00:00.123456+00')`,
    );
    const t = await discovered('t', inS);
    const first = await messagesOf([streamToRead(t, byCursor)]);
    expect(idsOf(await messagesOf([streamToRead(t, { ...byCursor, state: lastState(first) })]))).toEqual([2]);
  });
  test('what came behind an interrupted read is found by the read after it', async () => {
    await schemaWith(
      `create table t (id int primary key, at date not null); insert into t select n * 2, '2026-01-01' from generate_series(1, 6000) n`,
    );
    const t = await discovered('t', inS);
    const first = await readInto(postgresql, context(inS), streamToRead(t, byCursor), 0);
    await db.client.query(`insert into t values (1, '2026-01-01'), (99999, '2026-01-02')`);
    const resumed = await messagesOf([streamToRead(t, { ...byCursor, state: first.states[0] ?? null })]);
    expect(idsOf(resumed)).not.toContain(1);
    expect(idsOf(await messagesOf([streamToRead(t, { ...byCursor, state: lastState(resumed) })]))).toContain(1);
  });
  test('records without a cursor value are read once', async () => {
    await schemaWith(`create table t (id int primary key, at timestamp); insert into t values (1, null), (2, '2026-01-01'), (3, null)`);
    const t = await discovered('t', inS);
    const first = await messagesOf([streamToRead(t, byCursor)]);
    expect(idsOf(first)).toEqual([1, 3, 2]);
    expect(idsOf(await messagesOf([streamToRead(t, { ...byCursor, state: lastState(first) })]))).toEqual([2]);
  });
  test('a read of an empty table leaves a state from which later records are found', async () => {
    await schemaWith('create table t (id int primary key, at timestamp not null)');
    const t = await discovered('t', inS);
    const state = lastState(await messagesOf([streamToRead(t, byCursor)]));
    expect(state).not.toBeNull();
    await db.client.query(`insert into t values (1, '2026-01-01')`);
    expect(idsOf(await messagesOf([streamToRead(t, { ...byCursor, state })]))).toEqual([1]);
  });
  test('another cursor field begins anew', async () => {
    await schemaWith(
      `create table t (id int primary key, at timestamp not null, n int not null); insert into t values (1, '2026-01-01', 2), (2, '2026-01-02', 1)`,
    );
    const t = await discovered('t', inS);
    const state = lastState(await messagesOf([streamToRead(t, byCursor)]));
    expect(idsOf(await messagesOf([streamToRead(t, { ...byCursor, cursorField: ['n'], state })]))).toEqual([2, 1]);
  });
});

describe('what goes wrong while reading', () => {
  test('a stream that is gone, lost its cursor or breaks is INCOMPLETE, the others go on', async () => {
    await schemaWith(`create table gone (id int); create table moved (id int primary key, at timestamp not null); create view broken as select 1 / (n - n) as x from generate_series(1, 3) n;
      create table fine as select 1 as id`);
    const found = await discover(inS);
    const streams = ['gone', 'moved', 'broken', 'fine']
      .flatMap((name) => found.filter((stream) => stream.name === name))
      .map((stream) => streamToRead(stream));
    await db.client.query('drop table gone; alter table moved drop column at');
    const configured = streams.map((stream) =>
      stream.name === 'moved' ? { ...stream, syncMode: 'INCREMENTAL_APPEND' as const, cursorField: ['at'] } : stream,
    );
    const statuses = (await messagesOf(configured)).flatMap((message) =>
      message.type === 'STREAM_STATUS' && message.status !== 'RUNNING' ? [message] : [],
    );
    expect(statuses.map(({ stream, status }) => [stream.name, status])).toEqual([
      ['gone', 'INCOMPLETE'],
      ['moved', 'INCOMPLETE'],
      ['broken', 'INCOMPLETE'],
      ['fine', 'COMPLETE'],
    ]);
    for (const message of statuses.slice(0, 3)) expect(message.status === 'INCOMPLETE' && message.failure).toMatchObject({ type: 'CONFIG' });
  });
  test('a schema that was not chosen is not read', async () => {
    await schemaWith('create table t (id int)');
    const t = await discovered('t', inS);
    expect((await messagesOf([streamToRead(t)], {})).at(-1)).toMatchObject({ status: 'INCOMPLETE' });
  });
  test('a lost connection is TRANSIENT', async () => {
    const stream = streamToRead(await discovered('changes'));
    const reading = async () => {
      for await (const message of postgresql.read(context(), [stream, stream])) {
        if (message.type === 'STREAM_STATUS' && message.status === 'COMPLETE') {
          await db.client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'headgate' and datname = $1`, [
            db.database,
          ]);
        }
      }
    };
    const error: unknown = await reading().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(SourceFailure);
    expect(error).toMatchObject({ type: 'TRANSIENT' });
  });
  test('an abort ends a statement that has not answered yet, on both sides', async () => {
    await schemaWith('create view slow as select pg_sleep(60)::text as x');
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const given = context(inS, {}, controller.signal);
    const reading = readAll(given, streamToRead(await discovered('slow', inS)));
    setTimeout(() => controller.abort(reason), 300);
    await expect(reading).rejects.toBe(reason);
  }, 5_000);
  test('nothing is fetched while the consumer is busy, and memory stays flat', async () => {
    await schemaWith(`create view endless as select n, repeat('x', 1000) as body from generate_series(1, 3000000) n`);
    const stream = streamToRead(await discovered('endless', inS));
    const before = process.memoryUsage().rss;
    let batches = 0;
    for await (const message of postgresql.read(context(inS), [stream])) {
      if (recordsOf(message).length > 0 && ++batches === 3) {
        await sleep(1_500);
        break;
      }
    }
    expect(batches).toBe(3);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  }, 20_000);
});
