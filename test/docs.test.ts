import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ApolloClient } from '@apollo/client';
import type { Client as UrqlClient } from '@urql/core';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freshReliability } from '../scripts/reliability-table.ts';
import { freshReadme } from '../scripts/source-table.ts';
import { readConfig } from '../src/config.ts';
import type { Connector } from '../src/connector/connector.ts';
import { canaryNamed } from './support/canary.ts';
import { connectorContract, streamToRead } from './support/connector-contract.ts';
import { eventually } from './support/eventually.ts';
import { type Gateway, startGateway } from './support/gateway.ts';
import { createHook } from './support/hook-receiver.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const pages = ['README.md', 'docs/webhooks.md'].map((page) => readFileSync(join(root, page), 'utf8')).join('\n');
const snippets = new Map([...pages.matchAll(/<!-- run: (\S+) -->\n```ts\n(.*?)```/gs)].map(([, name = '', code = '']) => [name, code]));

/** Inside the project, where packages are found; ignored by git. */
mkdirSync(join(root, 'coverage'), { recursive: true });
const folder = mkdtempSync(join(root, 'coverage/readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a snippet as a reader would, with another address. */
function write(name: string, url = 'http://127.0.0.1:4000'): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const code = (snippets.get(name) ?? '').replaceAll('http://127.0.0.1:4000', url).replaceAll("'../connector/", "'../../../src/connector/");
  writeFileSync(path, code);
  return path;
}

test("the documents' code has correct types", () => {
  expect([...snippets.keys()]).toEqual(['main-job.ts', 'apollo.ts', 'urql.ts', 'watch-transitions.ts', 'connectors/tickets.ts', 'receiver.ts']);
  for (const name of snippets.keys()) write(name);
  // As strict as a frontend usually is: urql's and graphql-ws's types do not agree about properties that are undefined.
  const compilerOptions = { lib: ['es2024', 'esnext.disposable', 'dom'], exactOptionalPropertyTypes: false };
  const options = { extends: '../../tsconfig.json', compilerOptions, include: ['.'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
});

test("README's table of sources is that of the catalog", () => {
  expect(readme).toBe(freshReadme());
});

test('the table of docs/reliability.md is what was measured', () => {
  expect(readFileSync(join(root, 'docs/reliability.md'), 'utf8')).toBe(freshReliability());
});

test("README's table of the environment names every variable, with its default", () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*?) \|/gm)].map(([, name = '', shown = '']) => [name, shown] as const);
  const source = globSync(['src/config.ts', 'src/config/*.ts'], { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));
  const known = [...source.join('').matchAll(/^ {2}([A-Z_]+): /gm)].map(([, name]) => name);
  expect(known.length).toBeGreaterThan(10);
  expect(rows.map(([name]) => name).sort()).toEqual(known.sort());

  const literal = rows.flatMap(([name, shown]) => (/^`[^`<]+`$/.test(shown) ? [[name, shown.slice(1, -1)] as const] : []));
  expect(literal.length).toBeGreaterThan(7);
  expect(readConfig(Object.fromEntries(literal), root)).toEqual(readConfig({}, root));
});

describe('with a gateway', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.query(`mutation { createSourceConnection(input: { name: "Fake data", sourceShortName: "faker" }) { __typename } }`);
  });
  afterAll(() => gateway?.cleanUp());

  test("README's main job runs as it stands, in at most 25 lines of code", async () => {
    expect((snippets.get('main-job.ts') ?? '').trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(25);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [write('main-job.ts', gateway.url)], { timeout: 25_000 });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/from: 'RUNNING',\s+to: 'SUCCEEDED',\s+syncJob: \{ recordsRead: 575 \}/);
    expect(stdout).toContain('recordCount: 575');
  });

  test('Apollo Client, set up as README says, queries and subscribes', async () => {
    const { apollo } = (await import(write('apollo.ts', gateway.url))) as { apollo: ApolloClient };
    const { data } = await apollo.query<{ viewer: { role: string } }>({ query: parse('{ viewer { role } }') });
    expect(data?.viewer.role).toBe('ADMIN');

    const query = parse('subscription ($ids: [ID!]!) { syncJobProgress(syncJobIds: $ids) { id status } }');
    const subscription = apollo.subscribe<{ syncJobProgress: { status: string } }>({ query, variables: { ids: [await newestSyncJob(gateway)] } });
    const statuses = await new Promise<unknown[]>((resolve, reject) => {
      const seen: unknown[] = [];
      subscription.subscribe({ next: ({ data }) => void seen.push(data?.syncJobProgress.status), error: reject, complete: () => resolve(seen) });
    });
    expect(statuses.at(-1)).toBe('SUCCEEDED');
    apollo.stop();
  });

  test('urql, set up as README says, queries and subscribes', async () => {
    const { urql } = (await import(write('urql.ts', gateway.url))) as { urql: UrqlClient };
    const { data } = await urql.query('{ viewer { role } }', {}).toPromise();
    expect(data.viewer.role).toBe('ADMIN');

    const query = 'subscription ($ids: [ID!]!) { syncJobProgress(syncJobIds: $ids) { id status } }';
    const ids = [await newestSyncJob(gateway)];
    const status = await new Promise((resolve) => {
      urql.subscription(query, { ids }).subscribe((result) => resolve(result.data?.syncJobProgress.status));
    });
    expect(status).toBe('SUCCEEDED');
  });

  test('the receiver of docs/webhooks.md verifies what it gets, in about 15 lines, and refuses what is not signed', async () => {
    expect((snippets.get('receiver.ts') ?? '').trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(18);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const { secret } = await createHook(gateway, url);
    const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) };
    const receiver = spawn(process.execPath, [write('receiver.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void receiver.kill());
    let printed = '';
    receiver.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await eventually(async () => expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401));
    await gateway.query(`mutation { createSourceConnection(input: { name: "Told of", sourceShortName: "faker" }) { __typename } }`);
    await eventually(() => expect(printed).toMatch(/name: 'Told of',\s+status: 'SYNCING'.*to: 'SUCCEEDED'/s), 20_000);
  });

  test("README's watchTransitions misses nothing and repeats nothing when the gateway is killed and started again", async () => {
    const { watchTransitions } = (await import(write('watch-transitions.ts'))) as {
      watchTransitions: (url: string, show: (transition: { id: string; to: string }) => void) => Promise<() => void>;
    };
    const shown: { id: string; to: string }[] = [];
    const stop = await watchTransitions(`${gateway.url}/graphql`, (transition) => shown.push(transition));
    const before = shown.length;
    expect(before).toBeGreaterThan(0);

    await gateway.kill();
    gateway = await startGateway({ dataDir: gateway.dataDir, env: { PORT: new URL(gateway.url).port } });
    const { sourceConnections } = await gateway.query('{ sourceConnections { nodes { id } } }');
    // Started at once: some of its transitions are likely there before the client is.
    await gateway.query('mutation ($id: ID!) { runSourceConnection(input: { id: $id }) { __typename } }', { id: sourceConnections.nodes[0].id });
    await eventually(() => expect(shown.slice(before).map(({ to }) => to)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']), 20_000);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
    stop();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function newestSyncJob(gateway: Gateway): Promise<string> {
  return (await gateway.query('{ syncJobs(first: 1) { nodes { id } } }')).syncJobs.nodes[0].id;
}

/** What README's connector speaks to: 25 tickets in pages of ten, one token. */
async function startTicketSystem(): Promise<{ url: string; close(): void }> {
  const tickets = Array.from({ length: 25 }, (_, index) => ({ id: index + 1, subject: `Ticket ${index + 1}` }));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname.startsWith('/silent')) return;
    response.statusCode = request.headers.authorization === `Bearer ${canaryNamed('right')}` ? 200 : 401;
    const after = Number(url.searchParams.get('after'));
    response.end(JSON.stringify(tickets.filter(({ id }) => id > after).slice(0, 10)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

connectorContract("README's connector", async () => {
  const { tickets } = (await import(write('connectors/tickets.ts'))) as { tickets: Connector };
  const system = await startTicketSystem();
  const credentials = { token: canaryNamed('right') };
  const stream = { name: 'tickets', namespace: null, jsonSchema: {}, supportedSyncModes: [], defaultCursorField: ['id'] };
  return {
    connector: tickets,
    config: { url: system.url },
    credentials,
    refused: { config: { url: system.url }, credentials: { token: canaryNamed('wrong') } },
    unreachable: { config: { url: 'http://127.0.0.1:1' }, credentials },
    at: (host) => ({ config: { url: `http://${host}:1` }, credentials }),
    silent: {
      config: { url: `${system.url}/silent` },
      credentials,
      streams: [streamToRead({ ...stream, sourceDefinedPrimaryKey: [['id']], estimatedRecordCount: null })],
    },
    close: async () => system.close(),
  };
});
