import { type ExecutionResult, getIntrospectionQuery, graphql, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { canaryNamed } from '../support/canary.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutationDocument } from '../support/mutate.ts';
import { seed } from '../support/seed.ts';
import { type OpenServices, openServices } from '../support/services.ts';
import { explain } from '../support/statements.ts';

let gateway: Gateway;
let data: OpenServices;
beforeAll(async () => {
  gateway = await startGateway();
  const shop = seed(gateway).collection();
  for (let index = 0; index < 50; index++)
    await shop
      .connection({
        name: `Connection ${index}`,
        sourceShortName: 'files',
        config: { url: 'http://127.0.0.1:1/a.csv' },
        credentials: { token: canaryNamed('token') },
        runSetupTests: false,
        streams: [{ name: 'a' }],
      })
      .created();
  await shop.connection().synced();
  await gateway.stop();
  data = await openServices({ dataDir: gateway.dataDir });
});
afterAll(async () => {
  await data?.close();
  await gateway?.cleanUp();
});

const run = async (
  source: string,
  variableValues: Record<string, unknown> = {},
  role: 'VIEWER' | 'EDITOR' | 'ADMIN' = 'ADMIN',
): Promise<ExecutionResult> => graphql({ schema, source, variableValues, contextValue: data.context({ role }) });
const codes = ({ errors }: ExecutionResult) => errors?.map(({ extensions }) => extensions['code']);

describe('a role', () => {
  const wrong: Record<string, object> = {
    createSourceConnection: { name: 'x', sourceShortName: 'oracle' },
    updateSourceConnection: { id: 'garbage', name: 'x' },
    createCollection: { name: '' },
    testSource: { sourceShortName: 'oracle' },
    runSourceConnection: { id: 'garbage' },
    cancelSyncJob: { id: 'garbage' },
  };

  it.each(Object.entries(wrong))('that may only read hears FORBIDDEN from %s before anything about its input', async (mutation, input) => {
    const result = await run(mutationDocument(mutation), { input }, 'VIEWER');
    expect(result).toMatchObject({ data: { result: { __typename: 'ForbiddenError', code: 'FORBIDDEN' } } });
  });

  it.each([
    'createSourceConnection',
    'updateSourceConnection',
    'createCollection',
    'testSource',
  ])('that may write hears from %s what is wrong', async (mutation) => {
    for (const role of ['EDITOR', 'ADMIN'] as const)
      expect(await run(mutationDocument(mutation), { input: wrong[mutation] }, role)).toMatchObject({
        data: { result: { __typename: 'ValidationError' } },
      });
  });

  it('that may only read may read everything', async () => {
    const result = await run(
      '{ viewer { role organization { id } } sources { totalCount } sourceConnections { totalCount } syncJobs { nodes { id } } collections { totalCount } }',
      {},
      'VIEWER',
    );
    expect(result.errors).toBeUndefined();
    expect(result.data).toMatchObject({ viewer: { role: 'VIEWER' } });
  });
});

it('another organization sees nothing, by no way', async () => {
  const known = await run(
    '{ sourceConnections(last: 1) { nodes { id collection { id readableId } credential { id } latestTest { id } } } all: sourceConnections(first: 1) { nodes { latestTest { id } } } syncJobs { nodes { id transitions { id } } } collections { nodes { records { nodes { id } } } } viewer { organization { id } } }',
  );
  const ids = [...new Set(JSON.stringify(known.data).match(/(?:sc|col|cred|test|job|tr|rec|org)_[0-9a-z]{26}/g))];
  expect(new Set(ids.map((id) => id.split('_')[0]))).toEqual(new Set(['sc', 'col', 'cred', 'job', 'tr', 'rec', 'test', 'org']));
  const stranger = data.context({ organizationId: 'org_01h455vb4pex5vsknk084sn02q' });
  const source = `query ($ids: [ID!]!, $id: ID!) {
    nodes(ids: $ids) { id } collections { totalCount nodes { id } } sourceConnections { totalCount nodes { id } } syncJobs { nodes { id } }
    syncJobTransitions { nodes { id } } source(shortName: "files") { sourceConnections { totalCount } } collection(by: { readableId: "shop" }) { id } sourceConnection(id: $id) { id }
  }`;
  const result = await graphql({ schema, source, variableValues: { ids, id: ids.find((id) => id.startsWith('sc_')) }, contextValue: stranger });
  expect(result.data).toMatchObject({
    nodes: ids.map(() => null),
    collections: { totalCount: 0, nodes: [] },
    sourceConnections: { totalCount: 0, nodes: [] },
    syncJobs: { nodes: [] },
    syncJobTransitions: { nodes: [] },
    source: { sourceConnections: { totalCount: 0 } },
    collection: null,
    sourceConnection: null,
  });
});

describe('a query', () => {
  const connectionFields =
    'id version name description status statusReason authMethod config metadata recordCount createdAt updatedAt createdBy { kind name } updatedBy { kind name } source { id name shortName } collection { id name readableId recordCount } credential { id publicValues secretFields } latestTest { id status message steps { title status } } latestSyncJob { id status recordsRead failure { message } } activeSyncJob { id } streams { id name syncMode recordCount } organization { id name }';
  const jobFields =
    'id version status trigger mode attempt recordsRead recordsInserted bytesRead createdAt startedAt completedAt durationMs streams { name status recordsRead } failure { message } sourceConnection { id name }';

  it.each([
    ['connections with everything about them', `{ sourceConnections(first: 100) { totalCount nodes { ${connectionFields} } } }`],
    ['jobs with their transitions', `{ syncJobs(first: 100) { edges { cursor node { ${jobFields} transitions { id from to occurredAt } } } } }`],
    [
      'connections, each with its last jobs',
      '{ sourceConnections(first: 100) { nodes { id name status syncJobs(first: 10) { nodes { id status createdAt recordsRead } } } } }',
    ],
    [
      'collections with their connections',
      '{ collections(first: 100) { nodes { id name recordCount sourceConnections(first: 20) { totalCount nodes { id name status } } } } }',
    ],
    [
      'records',
      '{ collection(by: { readableId: "shop" }) { records(first: 100) { nodes { id data stream primaryKeyValues syncedAt sourceConnection { id name } } pageInfo { hasNextPage } } } }',
    ],
    [
      'the catalog with all forms',
      '{ sources(first: 500) { nodes { id name authFields { name type required } configFields { name type required } authSchema configSchema } } }',
    ],
    [
      'the introspection that GraphiQL asks for',
      getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }),
    ],
  ])('for a page of 100 %s is not too large', async (_title, source) => {
    expect((await run(source)).errors).toBeUndefined();
  });

  it.each([
    [
      'pages in pages in pages',
      '{ collections(first: 100) { nodes { sourceConnections(first: 100) { nodes { syncJobs(first: 100) { nodes { id } } } } } } }',
    ],
    [
      'what is too deep',
      `{ node(id: "x") { ... on SourceConnection ${'{ collection { sourceConnections(first: 1) { nodes '.repeat(8)} { id } ${'} } }'.repeat(8)} } }`,
    ],
    ['a thousand aliases', `{ ${Array.from({ length: 1001 }, (_, index) => `a${index}: viewer { role }`).join(' ')} }`],
    [
      'two hundred full pages by alias',
      `{ ${Array.from({ length: 200 }, (_, index) => `a${index}: sourceConnections(first: 100) { nodes { id name status version } }`).join(' ')} }`,
    ],
  ])('for %s is refused as too large, before anything is read', async (_title, source) => {
    parse(source);
    data.statements.length = 0;
    const result = await run(source);
    expect([...new Set(codes(result))]).toEqual(['LIMIT_EXCEEDED']);
    expect(data.statements).toEqual([]);
  });

  it('reads as often for 50 connections as for 5, whatever hangs on them', async () => {
    const counts: number[] = [];
    for (const first of [5, 50]) {
      data.statements.length = 0;
      const result = await run(`query ($first: Int!) { sourceConnections(first: $first) { totalCount nodes { ${connectionFields} } } }`, { first });
      expect(result.errors).toBeUndefined();
      expect((result.data as { sourceConnections: { nodes: unknown[] } }).sourceConnections.nodes).toHaveLength(first);
      counts.push(data.statements.length);
    }
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThanOrEqual(12);
  });
});

describe('every list', () => {
  const all = '(first: 10';
  const field = (name: string, args = '') => `{ ${name}${all}${args}) { nodes { id } } }`;
  const lists: [string, string][] = [
    ...['NAME', 'CREATED_AT', 'UPDATED_AT', 'NEXT_SCHEDULED_RUN'].flatMap((order): [string, string][] =>
      ['ASC', 'DESC'].map((direction) => [
        `source connections by ${order} ${direction}`,
        field('sourceConnections', `, orderBy: { field: ${order}, direction: ${direction} }`),
      ]),
    ),
    ['source connections of a collection', field('sourceConnections', ', filter: { collectionId: "col_01h455vb4pex5vsknk084sn02q" }')],
    ['source connections of a source', field('sourceConnections', ', filter: { sourceShortNames: ["files"] }')],
    ['source connections in a status', field('sourceConnections', ', filter: { statuses: [ERROR] }')],
    ['source connections by text', field('sourceConnections', ', filter: { search: "x" }')],
    ['collections', field('collections')],
    ['sync jobs', field('syncJobs')],
    ['sync jobs of a connection', field('syncJobs', ', filter: { sourceConnectionId: "sc_01h455vb4pex5vsknk084sn02q" }')],
    ['sync jobs of a collection', field('syncJobs', ', filter: { collectionId: "col_01h455vb4pex5vsknk084sn02q" }')],
    ['sync jobs in a status', field('syncJobs', ', filter: { statuses: [FAILED] }')],
    ['sync jobs since a time', field('syncJobs', ', filter: { createdAfter: "2026-01-01T00:00:00Z" }')],
    ['transitions', field('syncJobTransitions')],
    ['transitions of a job', field('syncJobTransitions', ', filter: { syncJobId: "job_01h455vb4pex5vsknk084sn02q" }')],
    ['transitions of a connection', field('syncJobTransitions', ', filter: { sourceConnectionId: "sc_01h455vb4pex5vsknk084sn02q" }')],
  ];

  it.each(lists)('(%s) is a range of an index: no scan, no sorting', async (_title, source) => {
    data.statements.length = 0;
    expect((await run(source)).errors).toBeUndefined();
    const pages = data.statements.filter(({ sql }) => /order by/.test(sql));
    expect(pages.length).toBeGreaterThan(0);
    for (const plan of pages.map((page) => explain(data.control.native, page))) {
      expect(plan.filter((step) => /^SCAN |TEMP B-TREE/.test(step))).toEqual([]);
      expect(plan.some((step) => /^SEARCH .* USING (COVERING )?(INDEX|INTEGER PRIMARY KEY)/.test(step))).toBe(true);
    }
  });
});
