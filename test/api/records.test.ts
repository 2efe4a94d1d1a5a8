import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { jobEnds, type SyncedConnection, seed } from '../support/seed.ts';

let gateway: Gateway;
let first: SyncedConnection;
let second: SyncedConnection;
beforeAll(async () => {
  gateway = await startGateway();
  const collection = seed(gateway).collection();
  first = await collection.connection({ config: { count: 100 } }).synced();
  second = await collection.connection({ name: 'Other seed', config: { count: 40, seed: 2 } }).synced();
});
afterAll(() => gateway.cleanUp());

const document = `query ($id: ID!, $filter: CollectionRecordFilter, $first: Int, $after: String, $last: Int, $before: String) {
  collection(by: { id: $id }) {
    records(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges { cursor }
      nodes { id stream namespace primaryKeyValues data syncedAt sourceConnection { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;
// biome-ignore lint/suspicious/noExplicitAny: tests look at what they selected
type Page = any;
const page = async (variables: object = {}): Promise<Page> =>
  (await gateway.query(document, { id: first.collection.id, ...variables })).collection.records;
const refusal = async (variables: object) => (await gateway.execute(document, { id: first.collection.id, ...variables })).errors?.[0]?.extensions;
const walk = async (filter: object | null, size: number, backwards = false): Promise<Page[]> => {
  const found: Page[] = [];
  for (let cursor: string | null = null, more = true; more; ) {
    const part = await page(backwards ? { filter, last: size, before: cursor } : { filter, first: size, after: cursor });
    backwards ? found.unshift(...part.nodes) : found.push(...part.nodes);
    more = backwards ? part.pageInfo.hasPreviousPage : part.pageInfo.hasNextPage;
    cursor = backwards ? part.pageInfo.startCursor : part.pageInfo.endCursor;
  }
  return found;
};

describe('records', () => {
  it('are all there, each once, with their data, their stream and where they came from', async () => {
    const records = await walk(null, 100);
    expect(records).toHaveLength(first.syncJob.recordsRead + second.syncJob.recordsRead);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
    for (const { id, stream, namespace, primaryKeyValues, data, syncedAt, sourceConnection } of records) {
      expect(id).toMatch(/^rec_[0-7][0-9a-z]{25}$/);
      expect(['users', 'products', 'orders']).toContain(stream);
      expect([first.id, second.id]).toContain(sourceConnection.id);
      expect([namespace, primaryKeyValues]).toEqual([null, [String(data.id)]]);
      expect(Date.parse(syncedAt)).toBeGreaterThan(0);
    }
  });

  it('come in the same order both ways, whatever the size of the page', async () => {
    const ids = (records: Page[]) => records.map(({ id }) => id);
    const all = ids(await walk(null, 100));
    expect(ids(await walk(null, 7))).toEqual(all);
    expect(ids(await walk(null, 7, true))).toEqual(all);
  });

  it.each<[string, () => object, (record: Page) => boolean]>([
    ['source connection', () => ({ sourceConnectionId: second.id }), ({ sourceConnection }) => sourceConnection.id === second.id],
    ['stream', () => ({ stream: { name: 'users' } }), ({ stream }) => stream === 'users'],
    [
      'both',
      () => ({ sourceConnectionId: first.id, stream: { name: 'orders' } }),
      ({ sourceConnection, stream }) => sourceConnection.id === first.id && stream === 'orders',
    ],
    ['a namespace that there is none of', () => ({ stream: { name: 'users', namespace: 'public' } }), () => false],
    ['a source connection that there is none of', () => ({ sourceConnectionId: 'sc_01h455vb4pex5vsknk084sn02q' }), () => false],
    ['a stream that there is none of', () => ({ stream: { name: 'nope' } }), () => false],
  ])('are filtered by %s, and counted', async (_title, filter, holds) => {
    const all = await walk(null, 100);
    const found = await walk(filter(), 9);
    expect(found).toEqual(all.filter(holds));
    expect((await page({ filter: filter(), first: 1 })).totalCount).toBe(found.length);
    expect(await walk(filter(), 9, true)).toEqual(found);
  });

  it('keep their ids when they are updated, and get new ones from a full refresh', async () => {
    const filter = { sourceConnectionId: second.id };
    const before = await walk(filter, 100);
    const run = async (mode: string) => jobEnds(gateway, (await mutate(gateway, 'runSourceConnection', { id: second.id, mode }))['syncJob'].id);
    expect(await run('INCREMENTAL')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await walk(filter, 100)).toEqual(before);
    expect(await run('FULL_REFRESH')).toMatchObject({ status: 'SUCCEEDED' });
    const after = await walk(filter, 100);
    expect(after.map(({ data }) => data)).toEqual(before.map(({ data }) => data));
    expect(after.filter(({ id }) => before.some((record) => record.id === id))).toEqual([]);
    const { nodes } = await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [before[0].id, after[0].id] });
    expect(nodes).toEqual([null, { id: after[0].id }]);
  });

  it('can be fetched by their ids', async () => {
    const [record] = (await page({ first: 1 })).nodes;
    const { node } = await gateway.query(
      'query ($id: ID!) { node(id: $id) { id ... on CollectionRecord { data stream sourceConnection { id } } } }',
      { id: record.id },
    );
    expect(node).toEqual({ id: record.id, data: record.data, stream: record.stream, sourceConnection: record.sourceConnection });
  });

  it('refuse pages and cursors that are wrong', async () => {
    expect(await refusal({ first: 101 })).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await refusal({ first: 1, last: 1 })).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await refusal({ first: -1 })).toMatchObject({ code: 'VALIDATION_FAILED' });
    const { endCursor } = (await page({ first: 1 })).pageInfo;
    expect(await refusal({ first: 1, after: endCursor, filter: { stream: { name: 'users' } } })).toMatchObject({ code: 'VALIDATION_FAILED' });
    const [bound] = JSON.parse(Buffer.from(endCursor, 'base64url').toString());
    for (const forged of [
      ['x', 'y'],
      [1.5, 2],
      [-1, 0],
      [1e300, 1],
      ['1', '1'],
    ]) {
      const after = Buffer.from(JSON.stringify([bound, ...forged])).toString('base64url');
      const { errors } = await gateway.execute(document, { id: first.collection.id, first: 1, after });
      expect(errors?.[0]?.extensions?.['code'] ?? 'fine').not.toBe('INTERNAL');
    }
    expect(await page({ first: 0 })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect(await page({ last: 0 })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
  });
});
