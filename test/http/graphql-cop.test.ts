import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeysGateway, startKeysGateway } from '../support/keys.ts';
import { post, transports } from '../support/transports.ts';

let keys: KeysGateway;
let url: string;
let headers: Record<string, string>;
beforeAll(async () => {
  keys = await startKeysGateway();
  url = keys.gateway.url;
  headers = { 'X-API-Key': keys.adminKey.key };
});
afterAll(() => keys?.gateway.cleanUp());

// biome-ignore lint/suspicious/noExplicitAny: the tool looks into whatever it gets
const json = async (response: Response): Promise<any> => response.json().catch(() => undefined);
const graph = async (query: string) => json(await post(url, { query, operationName: 'cop' }, headers));
const get = (query: string) => fetch(`${url}/graphql?${new URLSearchParams({ query })}`, { headers });

/**
 * What graphql-cop 1.15 sends and looks for, with a valid key: its twelve tests, and the one on duplicated fields that it had before.
 * @see https://github.com/dolevf/graphql-cop
 */
describe('a gateway that wants keys, as graphql-cop sees it,', () => {
  it('answers an ordinary operation, so that the rest means something', async () => {
    expect(await graph('query cop { __typename }')).toEqual({ data: { __typename: 'Query' } });
  });

  it('allows no hundred aliases', async () => {
    const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}:__typename \n`).join('');
    const { data, errors } = await graph(`query cop { ${aliases} }`);
    expect([data, errors[0].extensions.code]).toEqual([undefined, 'LIMIT_EXCEEDED']);
  });

  it('allows no list of operations in one request', async () => {
    const answer = await json(
      await post(
        url,
        Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' })),
        headers,
      ),
    );
    expect(Array.isArray(answer)).toBe(false);
    expect(answer).not.toHaveProperty('data');
  });

  it('does not look at each of ten directives', async () => {
    const { errors } = await graph('query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }');
    expect(errors).toHaveLength(1);
  });

  it('does not introspect in circles', async () => {
    const circle = 'fields { type { '.repeat(4);
    const answer = await graph(`query cop { __schema { types { ${circle} name ${'} }'.repeat(4)} } } }`);
    expect(answer).not.toHaveProperty('data');
    expect(answer.errors.length).toBeGreaterThan(0);
  });

  it('does not read one field five hundred times', async () => {
    expect(await graph(`query cop { ${'__typename \n'.repeat(500)}} `)).not.toHaveProperty('data');
  });

  it('suggests no fields', async () => {
    const { errors } = await graph('query cop { __schema { directive } }');
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
  });

  it('answers no query by GET that a page could send', async () => {
    const response = await get('query cop {__typename}');
    expect([response.status, (await json(response)).data]).toEqual([400, undefined]);
  });

  it('answers no mutation by GET', async () => {
    expect((await json(await get('mutation cop {__typename}'))).data).toBeUndefined();
    const asked = await fetch(`${url}/graphql?query=mutation+cop+{__typename}`, { headers: { ...headers, 'x-requested-with': 'cop' } });
    expect([asked.status, (await json(asked)).data]).toEqual([405, undefined]);
  });

  it('shows no development environment', async () => {
    for (const path of ['/', '/graphql', '/graphiql', '/playground', '/console']) {
      const response = await fetch(`${url}${path}`, { headers: { ...headers, accept: 'text/html' } });
      expect(await response.text()).not.toMatch(/graphiql|playground/i);
    }
  });

  it('does not tell its schema', async () => {
    expect(await graph('query cop { __schema { types { name fields { name } } } }')).not.toHaveProperty('data');
  });

  it('runs nothing that a form could post', async () => {
    const body = new URLSearchParams({ query: 'query cop { __typename }' });
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
    expect([response.status, (await json(response)).data]).toEqual([415, undefined]);
  });

  it('traces nothing', async () => {
    expect(JSON.stringify(await graph('query cop { __typename }'))).not.toContain('tracing');
  });

  it('explains no error by its exception', async () => {
    const answer = await graph('qwerty cop { abc }');
    expect(answer.errors[0].extensions).toEqual({ code: 'GRAPHQL_PARSE_FAILED' });
    expect(JSON.stringify(answer)).not.toMatch(/exception|stack|node_modules/i);
  });
});

describe.each(transports)('over %s', (_transport, ask) => {
  const place = () => ({ url, socketUrl: `${url.replace('http', 'ws')}/graphql` });

  it('a key opens what nothing else opens, and no more than over HTTP', async () => {
    expect((await ask(place(), { query: '{ viewer { role } }' }, headers)).data).toEqual({ viewer: { role: 'ADMIN' } });
    const aliases = Array.from({ length: 101 }, (_, index) => `a${index}: __typename`).join(' ');
    for (const query of [`{ ${aliases} }`, '{ __schema { types { name } } }', '{ vewer { role } }']) {
      const answer = await ask(place(), { query }, headers);
      expect(answer.data).toBeUndefined();
      expect(JSON.stringify(answer.errors)).not.toContain('Did you mean');
    }
  });

  it('what an operation costs is counted with its arguments before anything is read', async () => {
    const query = (first: number) =>
      `{ collections(first: ${first}) { nodes { sourceConnections(first: ${first}) { nodes { syncJobs(first: ${first}) { nodes { id } } } } } } }`;
    expect((await ask(place(), { query: query(10) }, headers)).errors).toBeUndefined();
    expect((await ask(place(), { query: query(100) }, headers)).errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('too large'), extensions: { code: 'LIMIT_EXCEEDED' } }),
    ]);
    const response = await post(url, { query: query(100) }, headers);
    expect(response.status).toBe(400);
  });
});
