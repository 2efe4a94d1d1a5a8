import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { findInFolder } from './support/canaries/run-folder.ts';
import { canary, findCanaries, plainCanary } from './support/canary.ts';
import { readControlRows } from './support/control-rows.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { mutate, mutationDocument } from './support/mutate.ts';
import { type PostgresDatabase, type PostgresServer, startEmbeddedPostgres } from './support/postgres.ts';
import { jobEnds, seed } from './support/seed.ts';

let gateway: Gateway;
let server: PostgresServer;
let db: PostgresDatabase;
let web: Server;
/** Everything that clients were sent, over HTTP and WebSocket. */
const sent: [string, string][] = [];
beforeAll(async () => {
  [gateway, server] = await Promise.all([startGateway({ env: { LOG_LEVEL: 'trace' } }), startEmbeddedPostgres()]);
  db = await server.createDatabase();
  await db.client.query('create table customers as select n as id, md5(n::text) as name from generate_series(1, 500) n');
  // A server that answers with what it was sent, as far as a status line can carry it.
  web = createServer((request, response) => {
    response.writeHead(request.url === '/data.csv' ? 200 : 401, `Refused ${request.headers.authorization}`, {
      'x-echo': String(request.headers.authorization),
    });
    response.end(request.url === '/data.csv' ? 'id,name\n1,Ada\n' : `refused: ${request.headers.authorization}`);
  }).listen(0, '127.0.0.1');
});
afterAll(async () => {
  web?.close();
  await gateway?.cleanUp();
  await db?.drop();
  await server?.stop();
});

const send = async (name: string, body: string, path = '/graphql', method = 'POST') => {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'POST' ? { body } : {}),
  });
  const text = await response.text();
  sent.push([name, `${JSON.stringify([...response.headers])}${text}`]);
  return JSON.parse(text);
};
/** As the gateway's own `query`, with every byte of the answer kept. */
const api = {
  query: async (query: { toString(): string }, variables?: Record<string, unknown>) => {
    const { data, errors } = await send(query.toString().slice(0, 60), JSON.stringify({ query: query.toString(), variables }));
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  },
};
const create = (input: object) => mutate(api, 'createSourceConnection', input);

const postgres = (password: unknown, more: object = {}) => ({
  name: 'Customers',
  sourceShortName: 'postgresql',
  credentials: { host: '127.0.0.1', port: server.port, database: db.database, username: 'canary_reader', password, ...more },
});
const remote = (credentials: object, path: string) => ({
  name: 'Remote file',
  sourceShortName: 'files',
  config: { url: `http://127.0.0.1:${(web.address() as { port: number }).port}${path}` },
  credentials,
});

/** Opens a socket and keeps every frame that comes. */
function watch(query: string, variables: object = {}): WebSocket {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${plainCanary('params')}` } })));
  socket.on('message', (frame) => {
    sent.push(['frame', String(frame)]);
    if (JSON.parse(String(frame)).type === 'connection_ack')
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
  });
  socket.on('close', (code, reason) => sent.push(['close', `${code} ${reason}`]));
  return socket;
}

describe('a secret', () => {
  it('is in no answer, no frame, no line of output, no file and no list of processes, whatever is done with it', async () => {
    const [password, next] = [canary('password'), canary('next')];
    await db.client.query(
      `create role canary_reader login password ${db.client.escapeLiteral(password)}; grant select on customers to canary_reader`,
    );
    const sockets = [
      watch(
        'subscription { sourceConnectionStatus { id name status statusReason credential { publicValues secretFields } latestTest { message steps { message details } } } }',
      ),
      watch('subscription { syncJobTransitions { id to reason syncJob { failure { message } } } }'),
      watch('subscription ($after: String) { syncJobTransitions(after: $after) { id } }', { after: plainCanary('cursor') }),
      watch(`subscription { syncJobTransitions(after: "${plainCanary('literal')}", nope: 1) { id } }`),
    ];

    // Used as it should be.
    const created = await create(postgres(password));
    const { id } = created['sourceConnection'];
    await jobEnds(api, created['syncJob'].id);
    await mutate(api, 'testSource', postgresTest(password));
    await mutate(api, 'testSourceConnection', { id });
    await db.client.query(`alter role canary_reader password ${db.client.escapeLiteral(next)}`);
    // The stored one is wrong by now: a failed test, a failed job.
    await mutate(api, 'testSourceConnection', { id });
    await jobEnds(api, (await mutate(api, 'runSourceConnection', { id }))['syncJob'].id);
    await mutate(api, 'updateSourceConnectionCredentials', { id, credentials: { password: canary('refused') } });
    await mutate(api, 'updateSourceConnectionCredentials', { id, credentials: { password: canary('elsewhere'), port: 1 } });
    await mutate(api, 'updateSourceConnectionCredentials', { id, credentials: { password: next } });
    await jobEnds(api, (await create(remote({ token: plainCanary('token') }, '/data.csv')))['syncJob'].id);
    await create(remote({ token: plainCanary('token') }, '/refused.csv'));
    await create(remote({ token: canary('header') }, '/refused.csv'));
    await create(remote({ username: 'ada', password: canary('basic') }, '/data.csv'));
    await create(remote({ username: 'ada', password: canary('basic') }, '/refused.csv'));

    // Where it does not belong, or in the wrong shape.
    await create(postgres(canary('wrong')));
    await create(postgres({ value: canary('object') }));
    await create(postgres([canary('list')]));
    await create(postgres(password, { port: plainCanary('port') }));
    await create(postgres(password, { pasword: canary('unknown') }));
    await create({ ...postgres(password), config: { tls: plainCanary('tls'), schemas: plainCanary('schemas') } });
    await create({ ...remote({}, '/x.csv'), config: { url: `https://ada:${plainCanary('userinfo')}@example.com/a.csv` } });
    await create({ ...remote({}, '/x.csv'), config: { url: `no url but ${plainCanary('url')}` } });
    await create({ name: 'Nothing', sourceShortName: 'faker', credentials: { password: canary('none') } });

    // Malformed operations: variables, literals, syntax, other transports.
    const document = mutationDocument('createSourceConnection');
    for (const credentials of [canary('scalar'), [canary('array')], null])
      await send('variables', JSON.stringify({ query: document, variables: { input: { ...postgres(''), credentials } } }));
    await send('extra field', JSON.stringify({ query: document, variables: { input: { ...postgres(password), passwrd: canary('extra') } } }));
    await send('input is text', JSON.stringify({ query: document, variables: { input: canary('input') } }));
    await send('variables are text', JSON.stringify({ query: document, variables: canary('variables') }));
    await send('operation name', JSON.stringify({ query: 'query A { viewer { role } }', operationName: plainCanary('operation') }));
    for (const literal of [
      `{ password: "${plainCanary()}" }`,
      `{ password: "${plainCanary()}"`,
      `"${plainCanary()}"`,
      `[${plainCanary()}]`,
      `{ a: ${plainCanary()} b ${plainCanary()} }`,
    ])
      await send(
        'literal',
        JSON.stringify({ query: `mutation { testSource(input: { sourceShortName: "faker", credentials: ${literal} }) { __typename } }` }),
      );
    await send('broken JSON', `{ "query": "{ viewer { role } }", "variables": { "password": "${plainCanary('broken')}"`);
    await send(
      'GET',
      '',
      `/graphql?query=${encodeURIComponent(`{ nope(password: "${plainCanary('url')}") }`)}&variables=${plainCanary('url')}`,
      'GET',
    );

    // Everything that can be read afterwards.
    await api.query(`{
      sourceConnections { nodes { id name status statusReason config metadata credential { name publicValues secretFields } latestTest { message steps { message details } } latestSyncJob { failure { message } transitions { reason } logs(last: 100) { nodes { message } } } } }
      syncJobs { nodes { failure { message } transitions { reason } logs(last: 100) { nodes { message } } streams { failure { message } } } }
    }`);
    for (const socket of sockets) socket.close();

    expect(sent.filter(([name]) => name === 'frame').length).toBeGreaterThan(10);
    expect(findCanaries(sent)).toEqual([]);
    expect(findCanaries([['output', gateway.output()]])).toEqual([]);
    const process = `/proc/${gateway.pid}`;
    expect(findCanaries(['cmdline', 'environ'].map((name) => [name, readFileSync(join(process, name))] as const))).toEqual([]);
    expect(readdirSync(gateway.dataDir)).toContain('headgate.db');
    expect(findInFolder(gateway.dataDir)).toEqual([]);
  });

  it('is nowhere after the gateway has stopped either', async () => {
    expect(await gateway.stop()).toBe(0);
    expect([...findInFolder(gateway.dataDir), ...findCanaries([['output', gateway.output()]])]).toEqual([]);
  });

  it('sealed for one row and copied to another does not open, and the failure says nothing of it', async () => {
    const folder = gateway.dataDir;
    gateway = await startGateway({ dataDir: folder, env: { LOG_LEVEL: 'trace' } });
    const [one, two] = [canary('one'), canary('two')];
    const connection = (password: string) =>
      seed(gateway)
        .connection({ ...remote({ username: 'ada', password }, '/data.csv'), runSetupTests: false })
        .created();
    const [first, second] = [await connection(one), await connection(two)];
    await gateway.stop();
    const child = spawn(process.execPath, ['-e', copySealed, join(folder, 'headgate.db'), first.id, second.id], {
      cwd: new URL('..', import.meta.url),
    });
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    gateway = await startGateway({ dataDir: folder, env: { LOG_LEVEL: 'trace' } });
    const { errors } = await gateway.execute(mutationDocument('testSourceConnection'), { input: { id: second.id } });
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
    expect(await mutate(gateway, 'testSourceConnection', { id: first.id })).toMatchObject({ test: { status: 'PASSED' } });
    const sealed = readControlRows(gateway, (database) => database.prepare('select distinct sealed from credential').pluck().all()) as string[];
    for (const value of sealed) expect(gateway.output()).not.toContain(value.split('.')[2]);
    expect(
      findCanaries([
        ['output', gateway.output()],
        ['errors', JSON.stringify(errors)],
      ]),
    ).toEqual([]);
  });
});

/** In a process of its own, for the gateway's file is not to be written by this one. */
const copySealed = `
  const [path, from, to] = process.argv.slice(1);
  const database = require('better-sqlite3')(path);
  const of = (id) => database.prepare('select credential_id from source_connection where id = ?').pluck().get(id);
  database.prepare('update credential set sealed = (select sealed from credential where id = ?) where id = ?').run(of(from), of(to));
  database.close();
`;

function postgresTest(password: string): object {
  const { name: _, ...input } = postgres(password);
  return input;
}
