import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentLimits } from '../../src/http/document-limits.ts';
import { variableLimits } from '../../src/http/variable-limits.ts';
import { startTinyHttp, type TinyHttp } from '../support/tiny-http.ts';
import { transports } from '../support/transports.ts';

let gateway: TinyHttp;
let contexts = 0;
beforeAll(async () => {
  gateway = await startTinyHttp({ createContext: async () => ({ serial: ++contexts }) });
});
afterAll(() => gateway.stop());

const times = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join(' ');
/** Each fragment twice in the one before: 2^40 fields in a few lines. */
const bomb = `{ ...F0 } ${times(40, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F40 on Query { hello }`;
const deep = (levels: number) => `{ rows(count: 1) ${'{ context '.repeat(levels - 1)}${'}'.repeat(levels - 1)} }`;
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

const excessive: readonly (readonly [string, { query: string; variables?: object }, RegExp])[] = [
  ['too long', { query: `{ hello } #${'x'.repeat(documentLimits.characters)}` }, /more than 100000 UTF-16 code units/],
  ['of too many tokens', { query: `{ ${'hello '.repeat(documentLimits.tokens)} }` }, /more than 4000 tokens/],
  ['of too many comments', { query: `{ hello ${'#\n'.repeat(documentLimits.tokens + 1)} }` }, /more than 4000 comments/],
  ['that nests a thousand levels deep', { query: deep(1_300) }, /nests 1300 levels/],
  ['that nests too deep', { query: deep(17) }, /nests 17 levels of fields; the limit is 16/],
  [
    'that nests too deep in its fragments',
    { query: `{ rows(count: 1) { ...A } } fragment A on Pair ${'{ context '.repeat(16)}${'}'.repeat(16)}` },
    /nests 17 levels/,
  ],
  ['of too many aliases', { query: `{ rows(count: 1) { ${times(51, (index) => `a${index}: number`)} } }` }, /51 aliases/],
  ['of too many aliases of __typename', { query: `{ rows(count: 1) { ${times(51, (index) => `a${index}: __typename`)} } }` }, /51 aliases/],
  ['of too many fields at its top', { query: `{ ${'hello '.repeat(51)} }` }, /51 fields at its top/],
  ['of too many fields at its top, by fragments', { query: `{ ${'...F '.repeat(51)} } fragment F on Query { hello }` }, /51 fields at its top/],
  ['of too many fields below', { query: `{ rows(count: 1) { ${'number '.repeat(1_001)} } }` }, /1002 fields/],
  ['whose fragments multiply without end', { query: bomb }, /1099511627776 fields/],
  ['of too many directives', { query: `{ rows(count: 1) { ${'number @include(if: true) '.repeat(101)} } }` }, /101 directives/],
  ['of too many directives on one field', { query: '{ hello @a @a @a @a @a }' }, /One element of the document has 5 directives/],
  ['of too many directives on an operation', { query: 'query @a @a @a @a @a { hello }' }, /5 directives/],
  ['of too many directives on a variable', { query: 'query ($n: String @a @a @a @a @a) { hello(name: $n) }' }, /5 directives/],
  ['that introspects in circles', { query: '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }' }, /too deep/],
  [
    'whose variables hold too long a list',
    { query: 'query ($l: Login!) { connect(login: $l) }', variables: { l: { tags: Array(variableLimits.listItems + 1).fill('t') } } },
    /5001 items/,
  ],
  [
    'whose variables nest too deep',
    { query: 'query ($l: Login!) { connect(login: $l) }', variables: { l: nested(1_000) } },
    /nest more than 32 levels/,
  ],
];

describe.each(transports)('over %s a document', (_transport, ask) => {
  it.each(excessive)('%s is refused as LIMIT_EXCEEDED before anything is done', async (_title, asked, message) => {
    contexts = 0;
    const { data, errors } = await ask(gateway, asked);
    expect(data).toBeUndefined();
    expect(errors?.map(({ extensions }) => extensions.code)).toContain('LIMIT_EXCEEDED');
    expect(errors?.[0].message).toMatch(message);
    expect(contexts).toBe(0);
  });

  it('that turns around itself is refused', async () => {
    const { errors } = await ask(gateway, { query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }' });
    expect(JSON.stringify(errors)).toContain('Cannot spread fragment');
  });

  it('as large as the limits allow is answered', async () => {
    const query = `{ ${times(45, (index) => `a${index}: hello @include(if: true) @skip(if: false)`)} rows(count: 1) { ${'number padding context '.repeat(200)} } }`;
    expect((await ask(gateway, { query })).data).toMatchObject({ a44: 'Hello, world' });
    expect((await ask(gateway, { query: getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }) })).data.__schema).toBeDefined();
  });
});

it('a client that accepts only application/json hears of a limit with status 400 too', async () => {
  expect((await gateway.post({ query: bomb }, { accept: 'application/json' })).status).toBe(400);
});

describe('what may be asked about the schema', () => {
  const introspections = ['{ __schema { types { name } } }', '{ __type(name: "Query") { name } }'];
  const misspelt = [
    { query: '{ helo }' },
    { query: '{ hello(nam: "x") }' },
    { query: 'query ($l: Logn!) { connect(login: $l) }' },
    { query: '{ paint(color: GREEM) }' },
    { query: 'query ($c: Color) { paint(color: $c) }', variables: { c: 'GREEM' } },
    { query: 'mutation ($l: Login!) { connect(login: $l) }', variables: { l: { host: 'h', password: 'p', prt: 1 } } },
    { query: 'mutation { connect(login: { host: "h", password: "p", prt: 1 }) }' },
    { query: '{ rows(count: 1) { ... on Pairs { number } } }' },
    { query: '{ hello @skp(if: true) }' },
  ];

  it.each(transports)('is everything over %s unless it is switched off', async (_title, ask) => {
    for (const query of introspections) expect((await ask(gateway, { query })).errors).toBeUndefined();
    expect(JSON.stringify((await ask(gateway, { query: '{ helo }' })).errors)).toContain('Did you mean');
  });

  it.each(transports)('is nothing over %s once it is switched off', async (_title, ask) => {
    const silent = await startTinyHttp({ introspection: false, suggestions: false });
    for (const query of introspections) {
      const answer = await ask(silent, { query });
      expect(answer.data).toBeUndefined();
      expect(answer.errors?.[0].message).toContain('introspection has been disabled');
    }
    for (const asked of misspelt) {
      const { errors } = await ask(silent, asked);
      expect(errors).not.toHaveLength(0);
      expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
    }
    expect((await ask(silent, { query: '{ __typename }' })).data).toEqual({ __typename: 'Query' });
    await silent.stop();
  });
});

it('no page is shown where there shall be none', async () => {
  const bare = await startTinyHttp({ graphiql: undefined });
  for (const path of ['/', '/graphql']) {
    const response = await fetch(`${bare.url}${path}`, { headers: { accept: 'text/html,*/*;q=0.8' }, redirect: 'manual' });
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json; charset=utf-8']);
    expect(await response.text()).not.toMatch(/graphiql/i);
  }
  expect((await fetch(`${bare.url}/graphql?query={hello}`)).status).toBe(200);
  await bare.stop();
});

describe('the documents that this project brings', () => {
  const documents = globSync('src/client/operations/*.graphql', { cwd: join(import.meta.dirname, '../..') });

  it('keep far below the limits', async () => {
    expect(documents.length).toBeGreaterThan(5);
    for (const file of documents) {
      const answer = await gateway.post({ query: readFileSync(join(import.meta.dirname, '../..', file), 'utf8') });
      expect(await answer.text()).not.toContain('LIMIT_EXCEEDED');
    }
  });
});
