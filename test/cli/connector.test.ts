import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeStreams } from '../../src/connectors/faker/streams.ts';
import { canary, findCanaries, plainCanary } from '../support/canary.ts';
import { type CliOptions, runCommand } from '../support/cli.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-cli-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: unknown, mode = 0o600) => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
};
const run = (args: string, options: CliOptions = {}) =>
  runCommand(args.split(' '), { ...options, env: { HEADGATE_FILES_ROOT: folder, ...options.env } });
const thirty = file('thirty.json', { config: { count: 30 } });
const orders = (from: number, to: number) => {
  const stream = fakeStreams.find(({ name }) => name === 'orders');
  return Array.from({ length: to - from }, (_, index) => JSON.parse(stream?.jsonAt(1, from + index) ?? ''));
};
// biome-ignore lint/suspicious/noExplicitAny: lines of the protocol
const ofType = (lines: any[], type: string) => lines.filter((line) => line.type === type);

describe('every command', () => {
  it.each([
    'serve',
    'connectors',
    'check',
    'discover',
    'read',
    'keys create',
    'keys list',
    'keys revoke',
    'encryption-keys rotate',
    'doctor',
    'backup',
  ])('%s explains itself', async (name) => {
    const { status, stdout, stderr } = await run(`${name} --help`);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`^Usage: headgate ${name} `));
    for (const option of ['--json', '--help']) expect(stdout).toContain(option);
  });

  it.each([
    'read',
    'read a b',
    'check faker --nonsense',
    'encryption-keys',
    'backup',
    'keys',
    'keys create --role ADMIN',
    'keys create --organization Acme --role KING',
    'keys revoke',
    'read faker --limit 0',
    'check nothing-like-it',
    'doctor now',
  ])('called wrongly (%s) ends with status 2 and says how', async (args) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: headgate');
  });
});

it('headgate serve as JSON says where it answers', async () => {
  const env = { PORT: '0', LOG_LEVEL: 'silent', HEADGATE_DATA_DIR: join(folder, 'data') };
  const result = await run('serve --json', { env, started: (child) => child.stdout?.once('data', () => child.kill('SIGTERM')) });
  expect([result.status, result.stderr]).toEqual([0, '']);
  expect(result.lines()).toEqual([{ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/) }]);
});

describe('headgate connectors', () => {
  it('lists the catalog', async () => {
    const { status, stdout } = await run('connectors');
    expect(status).toBe(0);
    for (const name of ['postgresql', 'sqlite', 'files', 'faker']) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
  });

  it('as JSON has the fields and schemas of each, secrets marked', async () => {
    const [sources] = (await run('connectors --json')).lines();
    const [postgresql] = sources;
    expect(postgresql).toMatchObject({ shortName: 'postgresql', configSchema: { type: 'object' } });
    const [method] = postgresql.authMethods;
    expect(method.authFields).toContainEqual(expect.objectContaining({ name: 'password', secret: true }));
    expect(method.authSchema.properties.password).toMatchObject({ writeOnly: true });
  });
});

describe('headgate check', () => {
  it('says that a source works, step by step', async () => {
    const { status, stdout } = await run(`check faker --config ${thirty}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✓ Generate a record .*30 orders/);
    expect(stdout).toContain('PASSED');
  });

  it('takes the config from standard input too', async () => {
    const [line] = (await run('check faker --json --config -', { input: '{"config": {"count": 12}}' })).lines();
    expect(line).toMatchObject({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED', failureType: null } });
    expect(line.connectionStatus.steps[0].message).toContain('12 orders');
  });

  it('of a server that does not answer fails with status 1, and shows no secret', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as { port: number };
    await new Promise((closed) => server.close(closed));
    const password = canary('password');
    const path = file('pg.json', { credentials: { host: '127.0.0.1', port, database: 'shop', username: 'reader', password } });
    const human = await run(`check postgresql --config ${path}`, { env: { LOG_LEVEL: 'trace' } });
    const json = await run(`check postgresql --config ${path} --json`);
    expect([human.status, json.status]).toEqual([1, 1]);
    expect(human.stdout).toContain('FAILED');
    expect(ofType(json.lines(), 'CONNECTION_STATUS')).toMatchObject([{ connectionStatus: { status: 'FAILED', failureType: 'UNAVAILABLE' } }]);
    expect(findCanaries(Object.entries({ a: human.stdout, b: human.stderr, c: json.stdout, d: json.stderr }))).toEqual([]);
  });

  it('warns when others may read the credentials', async () => {
    const path = file('open.json', { authMethod: 'API_KEY', config: { path: 'x.csv' }, credentials: { token: plainCanary() } }, 0o644);
    expect((await run(`check files --config ${path}`)).stderr).toContain(`chmod 600 ${path}`);
  });

  it.each([
    ['no JSON', (secret: string) => `{"credentials": {"password": ${secret}`],
    ['other fields', (secret: string) => JSON.stringify({ password: secret })],
    ['a wrong auth method', (secret: string) => JSON.stringify({ authMethod: secret })],
    ['a secret in the place of an object', (secret: string) => JSON.stringify({ credentials: secret })],
    ['an unknown field', (secret: string) => JSON.stringify({ credentials: { passwort: secret } })],
    ['a port that is none', (secret: string) => JSON.stringify({ credentials: { port: secret, password: secret } })],
  ])('with %s in the file fails with a sentence that shows none of its values', async (_title, content) => {
    const secret = plainCanary('typed');
    const { status, stdout, stderr } = await run(`check postgresql --config ${file('wrong.json', content(secret))}`);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.length).toBeGreaterThan(20);
    expect(stderr).not.toContain('    at ');
    expect(findCanaries([['stderr', stderr]])).toEqual([]);
  });

  it('with a file that is not there says so', async () => {
    const { status, stderr } = await run(`check faker --config ${folder}/none.json`);
    expect([status, stderr]).toEqual([1, `The file ${folder}/none.json cannot be read (ENOENT).\n`]);
  });
});

describe('headgate discover', () => {
  it('lists the streams', async () => {
    const { status, stdout } = await run(`discover faker --config ${thirty}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^orders +id +updated_at +30 /m);
  });

  it('as JSON is a CATALOG of the Airbyte protocol', async () => {
    const [line] = (await run('discover faker --json')).lines();
    expect(line.type).toBe('CATALOG');
    const stream = line.catalog.streams.find(({ name }: { name: string }) => name === 'orders');
    expect(stream).toMatchObject({
      json_schema: { type: 'object' },
      supported_sync_modes: ['full_refresh', 'incremental'],
      default_cursor_field: ['updated_at'],
      source_defined_primary_key: [['id']],
    });
  });

  it('of a file that is not there fails with who is to blame', async () => {
    const path = file('missing.json', { config: { path: 'missing.csv' } });
    const human = await run(`discover files --config ${path}`);
    expect([human.status, human.stdout]).toEqual([1, '']);
    expect(human.stderr).toContain('missing.csv');
    const json = await run(`discover files --config ${path} --json`);
    expect(json.status).toBe(1);
    expect(json.lines()).toMatchObject([{ type: 'TRACE', trace: { type: 'ERROR', error: { failure_type: 'config_error' } } }]);
  });
});

describe('headgate read', () => {
  it('prints every record of a stream, its states, and how it went', async () => {
    const { status, stderr, ...result } = await run(`read faker --config ${thirty} --stream orders`);
    const lines = result.lines();
    expect([status, stderr]).toEqual([0, '']);
    const records = ofType(lines, 'RECORD').map(({ record }) => record);
    expect(records.map(({ data }) => data)).toEqual(orders(0, 30));
    expect(records.every(({ stream, emitted_at }) => stream === 'orders' && Number.isInteger(emitted_at))).toBe(true);
    expect(ofType(lines, 'STATE').at(-1).state).toMatchObject({ type: 'STREAM', stream: { stream_descriptor: { name: 'orders' } } });
    expect(ofType(lines, 'TRACE').map(({ trace }) => trace.stream_status.status)).toEqual(['STARTED', 'RUNNING', 'COMPLETE']);
  });

  it('goes on from the states that it has printed', async () => {
    const first = await run(`read faker --config ${thirty} --stream orders`);
    const more = file('forty.json', { config: { count: 40 } });
    for (const content of [
      first.stdout,
      JSON.stringify(
        ofType(first.lines(), 'STATE').map(({ state }) => state),
        null,
        2,
      ),
    ]) {
      const second = await run(`read faker --config ${more} --stream orders --state ${file('state.jsonl', content)}`);
      expect(ofType(second.lines(), 'RECORD').map(({ record }) => record.data)).toEqual(orders(30, 40));
    }
  });

  it('with a file that has no state in it says so', async () => {
    const { status, stderr } = await run(`read faker --state ${thirty}`);
    expect([status, stderr]).toEqual([1, `The file ${thirty} has no state of a stream in it.\n`]);
  });

  it('stops at the limit, without a state that covers more than was printed', async () => {
    const result = await run('read faker --limit 1500 --stream users --stream orders', { input: '' });
    const lines = result.lines();
    expect(result.status).toBe(0);
    // 100 users and 1,000 orders are all there is.
    expect(ofType(lines, 'RECORD')).toHaveLength(1_100);
    const cut = (await run('read faker --limit 150 --stream orders')).lines();
    expect(ofType(cut, 'RECORD')).toHaveLength(150);
    expect(ofType(cut, 'STATE')).toEqual([]);
    expect(ofType(cut, 'TRACE').map(({ trace }) => trace.stream_status.status)).toEqual(['STARTED', 'RUNNING']);
  });

  it('of a stream that is not there says so', async () => {
    const { status, stderr } = await run('read faker --stream invoices');
    expect(status).toBe(1);
    expect(stderr).toContain('no stream "invoices"');
  });

  it('tells a source that breaks off, after what came before', async () => {
    const path = file('breaks.json', { config: { count: 100, failAfter: 20 } });
    const result = await run(`read faker --config ${path} --stream orders`);
    expect(result.status).toBe(1);
    expect(ofType(result.lines(), 'RECORD').length).toBeGreaterThan(0);
    expect(result.lines().at(-1)).toMatchObject({ type: 'TRACE', trace: { type: 'ERROR', error: { failure_type: 'transient_error' } } });
  });

  it('ends when it is interrupted, with whole lines and status 1', async () => {
    const path = file('slow.json', { config: { count: 100_000, recordsPerSecond: 500 } });
    const result = await run(`read faker --config ${path} --stream orders`, {
      started: (child) => child.stdout?.once('data', () => child.kill('SIGINT')),
    });
    expect([result.status, result.stderr]).toEqual([1, 'Stopped.\n']);
    expect(result.lines().length).toBeGreaterThan(0);
  });

  it('ends when nobody reads any more', async () => {
    const path = file('endless.json', { config: { count: 10_000_000 } });
    const result = await run(`read faker --config ${path} --stream orders`, {
      started: (child) => child.stdout?.once('data', () => child.stdout?.destroy()),
    });
    expect([result.status, result.stderr]).toEqual([0, '']);
  });
});
