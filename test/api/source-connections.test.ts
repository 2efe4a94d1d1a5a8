import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { type SeededConnection, seed } from '../support/seed.ts';

let gateway: Gateway;
/** 25 in the order of their creation; some names and updates come twice, so that the id has to decide. */
const connections: SeededConnection[] = [];
const nameOf = (index: number) => `Name ${String.fromCharCode(97 + ((index * 7) % 12))}${index % 2 ? '' : ' É_%'}`;
beforeAll(async () => {
  gateway = await startGateway();
  const shop = seed(gateway).collection({ name: 'Shop' });
  for (let index = 0; index < 25; index++) {
    const metadata = { team: index % 2 ? 'sales' : 'ops', [`odd"key'$.`]: String(index % 3) };
    const input = { name: nameOf(index), metadata, runSetupTests: index % 5 !== 0, streams: [{ name: 'users' }] };
    connections.push(await (index < 10 ? shop.connection(input) : seed(gateway).connection(input)).created());
  }
  // Updates in another order than creation.
  for (const index of [3, 17, 8]) await mutate(gateway, 'updateSourceConnection', { id: connections[index]?.id, description: 'touched' });
});
afterAll(() => gateway.cleanUp());

const document = `query ($filter: SourceConnectionFilter, $orderBy: SourceConnectionOrder, $first: Int, $after: String, $last: Int, $before: String) {
  sourceConnections(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    edges { cursor node { id name updatedAt } }
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const page = async (variables: object) => (await gateway.query(document, { ...variables })).sourceConnections;
const ids = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id);
const refusal = async (variables: object) => (await gateway.execute(document, { ...variables })).errors?.[0]?.extensions;
const filtered = async (filter: object) => ids(await page({ filter, first: 100 })).sort();
const expectedIds = (holds: (connection: SeededConnection, index: number) => boolean) =>
  connections
    .filter(holds)
    .map(({ id }) => id)
    .sort();

const orders = ['NAME', 'CREATED_AT', 'UPDATED_AT', 'NEXT_SCHEDULED_RUN'].flatMap((field) =>
  ['ASC', 'DESC'].map((direction) => ({ field, direction })),
);

describe('the list of source connections', () => {
  it('has the newest first, 20 at once, and counts them all', async () => {
    const found = await page({});
    expect(ids(found)).toEqual(
      connections
        .map(({ id }) => id)
        .reverse()
        .slice(0, 20),
    );
    expect(found).toMatchObject({ totalCount: 25, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    expect(found.edges.map(({ node }: { node: { id: string } }) => node.id)).toEqual(ids(found));
    expect([found.pageInfo.startCursor, found.pageInfo.endCursor]).toEqual([found.edges[0].cursor, found.edges.at(-1).cursor]);
  });

  it('ids sort by creation', () => {
    const created = connections.map(({ id }) => id);
    expect([...created].sort()).toEqual(created);
  });

  it.each(orders)('is walked forwards and backwards in pages of 4 by %o, each once and in order', async (orderBy) => {
    const all = await page({ orderBy, first: 100 });
    expect(new Set(ids(all)).size).toBe(25);
    const keys = all.edges.map(({ node }: { node: { id: string; name: string; updatedAt: string } }) => {
      return orderBy.field === 'NAME' ? [node.name, node.id] : orderBy.field === 'UPDATED_AT' ? [node.updatedAt, node.id] : [node.id];
    });
    const text = (key: string[]) => Buffer.from(key.join('\u0001'));
    const sorted = [...keys].sort((a, b) => Buffer.compare(text(a), text(b)) * (orderBy.direction === 'ASC' ? 1 : -1));
    expect(keys).toEqual(sorted);

    const forwards: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const part: Awaited<ReturnType<typeof page>> = await page({ orderBy, first: 4, after });
      expect(part.pageInfo.hasPreviousPage).toBe(forwards.length > 0);
      forwards.push(...ids(part));
      expect(part.pageInfo.hasNextPage).toBe(forwards.length < 25);
      expect(part.totalCount).toBe(25);
      more = part.pageInfo.hasNextPage;
      after = part.pageInfo.endCursor;
    }
    expect(forwards).toEqual(ids(all));

    const backwards: string[] = [];
    for (let before: string | null = null, more = true; more; ) {
      const part: Awaited<ReturnType<typeof page>> = await page({ orderBy, last: 4, before });
      expect(part.pageInfo.hasNextPage).toBe(backwards.length > 0);
      backwards.unshift(...ids(part));
      expect(part.pageInfo.hasPreviousPage).toBe(backwards.length < 25);
      more = part.pageInfo.hasPreviousPage;
      before = part.pageInfo.startCursor;
    }
    expect(backwards).toEqual(ids(all));
  });

  it('gives what lies between two cursors', async () => {
    const all = await page({ first: 100 });
    const [after, before] = [all.edges[3].cursor, all.edges[9].cursor];
    expect(ids(await page({ after, before, first: 100 }))).toEqual(ids(all).slice(4, 9));
    expect(ids(await page({ after, before, last: 2 }))).toEqual(ids(all).slice(7, 9));
    expect(ids(await page({ after: before, before: after, first: 10 }))).toEqual([]);
  });

  it('a page of none tells whether there is more', async () => {
    expect(await page({ first: 0 })).toMatchObject({
      nodes: [],
      totalCount: 25,
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
    expect(await page({ last: 0 })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
  });

  it.each<[string, object, string]>([
    ['first beyond 100', { first: 101 }, 'LIMIT_EXCEEDED'],
    ['last beyond 100', { last: 101 }, 'LIMIT_EXCEEDED'],
    ['first beyond what an Int can hold twice over', { first: 2_147_483_647 }, 'LIMIT_EXCEEDED'],
    ['first and last together', { first: 1, last: 1 }, 'VALIDATION_FAILED'],
    ['a negative first', { first: -1 }, 'VALIDATION_FAILED'],
    ['a negative last', { last: -1 }, 'VALIDATION_FAILED'],
    ['a cursor that is none', { after: 'garbage' }, 'VALIDATION_FAILED'],
    ['an empty cursor', { after: '' }, 'VALIDATION_FAILED'],
    ['a cursor of JSON that is none of ours', { before: Buffer.from('[1,{"a":1}]').toString('base64url') }, 'VALIDATION_FAILED'],
    ['metadata that is no text', { filter: { metadata: { team: 1 } } }, 'VALIDATION_FAILED'],
    ['metadata that is an object', { filter: { metadata: { team: { name: 'sales' } } } }, 'VALIDATION_FAILED'],
    ['metadata that is a yes or no', { filter: { metadata: { team: true } } }, 'VALIDATION_FAILED'],
  ])('refuses %s', async (_title, variables, code) => {
    expect(await refusal(variables)).toMatchObject({ code });
  });

  it('refuses a cursor of another order, another filter or another list', async () => {
    const { endCursor: after } = (await page({ first: 3 })).pageInfo;
    expect(await refusal({ after, orderBy: { field: 'NAME', direction: 'ASC' } })).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await refusal({ after, orderBy: { field: 'CREATED_AT', direction: 'ASC' } })).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await refusal({ after, filter: { search: 'Name' } })).toMatchObject({ code: 'VALIDATION_FAILED' });
    const { collections } = await gateway.query('{ collections { pageInfo { endCursor } } }');
    expect(await refusal({ after: collections.pageInfo.endCursor })).toMatchObject({ code: 'VALIDATION_FAILED' });
    const other = await gateway.execute('query ($after: String) { collections(after: $after) { nodes { id } } }', { after });
    expect(other.errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('takes a cursor of the same filter and order again', async () => {
    const filter = { search: 'name', metadata: { team: 'ops' } };
    const { endCursor: after } = (await page({ first: 3, filter })).pageInfo;
    expect(ids(await page({ first: 100, after, filter }))).toHaveLength(10);
  });
});

describe('a filter', () => {
  const collectionId = () => connections[0]?.collection.id;

  it('by collection', async () => {
    expect(await filtered({ collectionId: collectionId() })).toEqual(expectedIds((_connection, index) => index < 10));
    expect(await filtered({ collectionId: 'col_01h455vb4pex5vsknk084sn02q' })).toEqual([]);
  });

  it('by source and by status, of which any will do', async () => {
    expect(await filtered({ sourceShortNames: ['faker', 'files'] })).toHaveLength(25);
    expect(await filtered({ sourceShortNames: ['files'] })).toEqual([]);
    expect(await filtered({ sourceShortNames: [] })).toEqual([]);
    expect(await filtered({ statuses: ['UNVERIFIED', 'ERROR'] })).toEqual(expectedIds((_connection, index) => index % 5 === 0));
    expect(await filtered({ statuses: ['ACTIVE'] })).toEqual(expectedIds((_connection, index) => index % 5 !== 0));
  });

  it.each([
    'name',
    'NAME C',
    '_',
    '%',
    'É',
    'é',
    '\\',
    "'",
    'nowhere',
    '',
  ])('by a part of the name in any case (%j), taken by the letter', async (search) => {
    expect(await filtered({ search })).toEqual(expectedIds(({ name }) => name.toLowerCase().includes(search.toLowerCase())));
  });

  it('by metadata, all pairs of it', async () => {
    expect(await filtered({ metadata: { team: 'sales' } })).toEqual(expectedIds((_connection, index) => index % 2 === 1));
    expect(await filtered({ metadata: { team: 'sales', [`odd"key'$.`]: '2' } })).toEqual(
      expectedIds((_connection, index) => index % 2 === 1 && index % 3 === 2),
    );
    expect(await filtered({ metadata: { team: 'nobody' } })).toEqual([]);
    expect(await filtered({ metadata: { missing: '' } })).toEqual([]);
    expect(await filtered({ metadata: {} })).toHaveLength(25);
  });

  it('by all of it together, and counts what it leaves', async () => {
    const filter = { collectionId: collectionId(), search: 'name', statuses: ['ACTIVE'], metadata: { team: 'ops' }, sourceShortNames: ['faker'] };
    const found = await page({ filter, first: 2 });
    expect(found.totalCount).toBe(expectedIds((_connection, index) => index < 10 && index % 5 !== 0 && index % 2 === 0).length);
    expect(found.nodes).toHaveLength(2);
  });
});
