import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';
import { transports } from '../support/transports.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const stored = 'query Greet($name: String) { hello(name: $name) }';
const answered = { data: { hello: 'Hello, Ann' } };
const variables = { name: 'Ann' };

describe.each(transports)('over %s', (_transport, ask) => {
  let strict: TinyHttp;
  let open: TinyHttp;
  beforeAll(async () => {
    const documents = [stored, 'mutation { slowly(ms: 1) }', '{ helo }', `{ ${'hello '.repeat(51)} }`];
    strict = await startTinyHttp({ persistedOperations: new Map(documents.map((text) => [sha256(text), text])) });
    open = await startTinyHttp();
  });
  afterAll(() => Promise.all([strict.stop(), open.stop()]));

  it.each([
    ['its id', { documentId: `sha256:${sha256(stored)}` }],
    ['its id in capitals, without a prefix', { documentId: sha256(stored).toUpperCase() }],
    ['the hash that Apollo sends', { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(stored) } } }],
    ['that hash with the whole document', { query: stored, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(stored) } } }],
    ['its exact text', { query: stored }],
    ['its id beside another text', { query: '{ hello }', documentId: sha256(stored) }],
  ])('a stored operation runs by %s', async (_title, params) => {
    expect(await ask(strict, { ...params, variables })).toEqual(answered);
  });

  it.each([
    ['any other document', { query: '{ hello }' }],
    ['the same with another space', { query: stored.replace('{ ', '{') }],
    ['what cannot be parsed', { query: '{ hello(' }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['another mutation', { query: 'mutation { slowly(ms: 2) }' }],
    ['a subscription', { query: 'subscription { silent { number } }' }],
    ['an unknown id', { documentId: `sha256:${sha256('x')}` }],
    ['an id that is a property of every object', { documentId: 'constructor' }],
    ['a document under the hash of another', { query: '{ hello }', extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ hello }') } } }],
  ])('%s is refused before it is parsed', async (_title, params) => {
    const { data, errors } = await ask(strict, params);
    expect(data).toBeUndefined();
    expect(errors).toEqual([{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }]);
    expect(strict.gauge.open).toBe(0);
  });

  it('a stored operation obeys the schema and the limits like any other', async () => {
    expect((await ask(strict, { query: '{ helo }' })).errors?.[0].message).toContain('Cannot query field "helo"');
    expect((await ask(strict, { documentId: sha256(`{ ${'hello '.repeat(51)} }`) })).errors?.[0].extensions.code).toBe('LIMIT_EXCEEDED');
  });

  it('where none are stored a client is told to send the document', async () => {
    const { errors } = await ask(open, { extensions: { persistedQuery: { version: 1, sha256Hash: sha256(stored) } } });
    expect(errors).toEqual([{ message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }]);
    expect(await ask(open, { query: stored, variables, extensions: { persistedQuery: { version: 1, sha256Hash: sha256(stored) } } })).toEqual(
      answered,
    );
  });
});

it('a stored query runs by GET with its id, a stored mutation does not', async () => {
  const mutation = 'mutation { slowly(ms: 1) }';
  const gateway = await startTinyHttp({ persistedOperations: new Map([stored, mutation].map((text) => [sha256(text), text])) });
  const get = (id: string) => fetch(`${gateway.url}/graphql?documentId=sha256:${id}&variables=${encodeURIComponent(JSON.stringify(variables))}`);
  expect(await (await get(sha256(stored))).json()).toEqual(answered);
  expect((await get(sha256(mutation))).status).toBe(405);
  await gateway.stop();
});
