import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../src/connectors/files.ts';
import { canary, canaryNamed } from '../support/canary.ts';
import { connectorContract, streamToRead } from '../support/connector-contract.ts';
import { basic, type FileServer, serveFiles } from '../support/http-files.ts';
import { type FileInput, fileContext, fileStream, parsed, readFileStream } from '../support/read-files.ts';
import { vegaFile } from '../support/vega.ts';

const airports = readFileSync(vegaFile('airports.csv'));
const lines = Array.from({ length: 20_000 }, (_, index) => `{"id":${index},"text":"some text that makes the line longer"}\n`).join('');

/** With a colon, as only passwords may have one. */
const password = canary('pass:word');

let server: FileServer;
let elsewhere: FileServer;

beforeAll(async () => {
  elsewhere = await serveFiles({ '/data.csv': { body: 'a\n1\n' } });
  server = await serveFiles({
    '/data/airports.csv': { body: airports, headers: { etag: '"v1"', 'last-modified': 'Sun, 10 Mar 2024 00:00:00 GMT' } },
    '/basic.csv': { body: 'a\n1\n', authorization: basic('reader', password) },
    '/bearer.csv': { body: 'a\n1\n', authorization: `Bearer ${canaryNamed('token')}` },
    '/elsewhere.csv': { body: '', status: 302, headers: { location: `${elsewhere.origin}/data.csv` } },
    '/typed': { body: '{"a":1}\n', headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } },
    '/array': { body: ' [{"a":1}]', headers: { 'content-type': 'text/plain' } },
    '/lines': { body: '{"a":1}\n{"a":2}' },
    '/tabs': { body: 'a\tb,c\td\n1\t2\t3\n' },
    '/commas%20%C3%A9.v2.csv?x=1': { body: 'a,b\n1,2\n' },
    '/silent.csv': { body: 'a\n1\n', stopAfter: { bytes: 0, how: 'silence' } },
    '/stalled.ndjson': { body: lines, stopAfter: { bytes: 200_000, how: 'silence' } },
    '/cut.ndjson': { body: lines, headers: { etag: '"c1"' }, stopAfter: { bytes: 900_000, how: 'reset' } },
    ...Object.fromEntries([401, 403, 404, 429, 500, 503].map((status) => [`/status/${status}.csv`, { body: 'a\n1\n', status }])),
  });
});
afterAll(() => Promise.all([server.close(), elsewhere.close()]));

const at = (path: string, rest: Partial<FileInput> = {}): FileInput => ({ config: { url: server.origin + path }, ...rest });
const discover = async (input: FileInput) => (await files.discover(fileContext(input)))[0];

describe('a file on a web server', () => {
  test('is one stream that is named after the file', async () => {
    expect((await discover(at('/data/airports.csv')))?.name).toBe('airports');
    expect((await discover(at('/commas%20%C3%A9.v2.csv?x=1')))?.name).toBe('commas é.v2');
    const records = parsed(await readFileStream(at('/data/airports.csv'), fileStream('airports')));
    expect(records).toHaveLength(airports.toString().trim().split('\n').length - 1);
  });

  test.each([
    ['/typed', [{ a: 1 }]],
    ['/array', [{ a: 1 }]],
    ['/lines', [{ a: 1 }, { a: 2 }]],
    ['/tabs', [{ a: 1, 'b,c': 2, d: 3 }]],
  ])('without an extension is told apart by its content type or its first bytes: %s', async (path, expected) => {
    expect(parsed(await readFileStream(at(path), fileStream(path.slice(1))))).toEqual(expected);
  });

  test('is opened with basic and with bearer credentials, and refuses wrong ones', async () => {
    const reader = { authMethod: 'CREDENTIALS' as const, credentials: { username: 'reader', password } };
    const token = { authMethod: 'API_KEY' as const, credentials: { token: canaryNamed('token') } };
    expect((await discover(at('/basic.csv', reader)))?.name).toBe('basic');
    expect((await discover(at('/bearer.csv', token)))?.name).toBe('bearer');
    for (const wrong of [at('/basic.csv', token), at('/bearer.csv', reader), at('/basic.csv')])
      await expect(discover(wrong)).rejects.toMatchObject({ type: 'AUTH' });
  });

  test('that lies elsewhere never sees the credentials', async () => {
    await discover(at('/elsewhere.csv', { authMethod: 'API_KEY', credentials: { token: canaryNamed('token') } }));
    expect(server.requests.findLast(({ path }) => path === '/elsewhere.csv')?.authorization).toBe(`Bearer ${canaryNamed('token')}`);
    expect(elsewhere.requests).toEqual([{ path: '/data.csv', authorization: undefined }]);
  });

  test.each([
    [401, 'AUTH'],
    [403, 'AUTH'],
    [404, 'CONFIG'],
    [429, 'RATE_LIMIT'],
    [500, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
  ])('that answers %d is a failure of type %s', async (status, type) => {
    const titles: string[] = [];
    const checked = files.check(fileContext(at(`/status/${status}.csv`)), async (title, run) => {
      titles.push(title);
      return run();
    });
    await expect(checked).rejects.toMatchObject({ name: 'SourceFailure', type });
    expect(titles).toEqual(['Request the file']);
  });
});

describe('reading again', () => {
  const stream = (state: Parameters<typeof fileStream>[1] = {}) => fileStream('airports', { syncMode: 'INCREMENTAL_APPEND', ...state });

  test('yields nothing while the ETag is the same, and everything when it changed', async () => {
    const first = await readFileStream(at('/data/airports.csv'), stream());
    const state = first.states.at(-1) ?? null;
    expect(first.json.length).toBeGreaterThan(3000);
    expect(await readFileStream(at('/data/airports.csv'), stream({ state }))).toMatchObject({ json: [], ends: ['COMPLETE'] });
    const file = server.files.get('/data/airports.csv');
    if (!file) throw new Error('the file is not served');
    server.files.set('/data/airports.csv', { ...file, headers: { etag: '"v2"' } });
    expect((await readFileStream(at('/data/airports.csv'), stream({ state }))).json).toEqual(first.json);
    server.files.set('/data/airports.csv', file);
  });

  test('a connection that breaks off is worth another try, which goes on where it was', async () => {
    const first = await readFileStream(at('/cut.ndjson'), fileStream('cut'));
    expect(first.failure).toMatchObject({ name: 'SourceFailure', type: 'TRANSIENT', retryable: true });
    const state = first.states.at(-1) ?? null;
    expect(state?.['position']).toBeGreaterThan(0);
    server.files.set('/cut.ndjson', { body: lines, headers: { etag: '"c1"' } });
    const second = await readFileStream(at('/cut.ndjson'), fileStream('cut', { state }));
    expect(second.json).toHaveLength(20_000 - (state?.['position'] as number));
    expect(new Set([...first.json, ...second.json]).size).toBe(20_000);
  });
});

test.each(['/silent.csv', '/stalled.ndjson'])('an abort ends waiting for a server that fell silent: %s', async (path) => {
  const abort = new AbortController();
  const reading = readFileStream(at(path, { signal: abort.signal }), fileStream(path === '/silent.csv' ? 'silent' : 'stalled'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const abortedAt = performance.now();
  abort.abort(new Error('cancelled'));
  const { failure } = await reading;
  expect(performance.now() - abortedAt).toBeLessThan(1000);
  expect(failure).toMatchObject({ message: 'cancelled' });
});

connectorContract('files, a CSV file on a web server', async () => {
  const contract = await serveFiles({
    '/airports.csv': { body: airports, authorization: `Bearer ${canaryNamed('good')}`, headers: { etag: '"a"' } },
    '/silent.csv': { body: 'a\n1\n', stopAfter: { bytes: 0, how: 'silence' } },
  });
  const gone = await serveFiles({});
  await gone.close();
  const credentials = { authMethod: 'API_KEY' as const, credentials: { token: canaryNamed('good') } };
  return {
    connector: files,
    config: { url: `${contract.origin}/airports.csv` },
    ...credentials,
    refused: { config: { url: `${contract.origin}/airports.csv` }, authMethod: 'API_KEY', credentials: { token: canaryNamed('bad') } },
    unreachable: { config: { url: `${gone.origin}/airports.csv` }, ...credentials },
    at: (host) => ({ config: { url: `http://${host}:${new URL(contract.origin).port}/airports.csv` }, ...credentials }),
    silent: { config: { url: `${contract.origin}/silent.csv` }, ...credentials, streams: [fileStream('silent')] },
    alsoRead: (found) => found.map((each) => streamToRead(each, { syncMode: 'INCREMENTAL_DEDUPED', primaryKey: [['iata']], cursorField: ['name'] })),
    close: () => contract.close(),
  };
});
