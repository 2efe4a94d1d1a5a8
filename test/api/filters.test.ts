import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '200' } });
});
afterAll(async () => {
  await gateway?.cleanUp();
});

interface Page {
  readonly nodes: { readonly id: string; readonly name: string }[];
  readonly edges: { readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor: string; readonly endCursor: string };
  readonly totalCount: number;
}
interface Args {
  readonly filter?: object;
  readonly orderBy?: { readonly field: string; readonly direction: string };
  readonly first?: number;
  readonly last?: number;
  readonly after?: string | null;
  readonly before?: string | null;
}

const listDocument = `query ($filter: SourceConnectionFilter, $orderBy: SourceConnectionOrder, $first: Int, $after: String, $last: Int, $before: String) {
  sourceConnections(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    nodes { id name } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}`;
const list = async (args: Args): Promise<Page> => (await gateway.query(listDocument, { ...args })).sourceConnections;
const namesOf = async (filter: object) => (await list({ filter, first: 100 })).nodes.map(({ name }) => name).sort();
const codeOf = async (args: Args) => {
  const { errors } = await gateway.execute(listDocument, { ...args });
  return errors?.map(({ extensions }) => extensions?.['code']);
};
const unsynced = (input: object) => connect(gateway, { config: { count: 10 }, runSetupTests: false, ...input });

describe('metadata', () => {
  const cases = {
    'two pairs': { team: 'data', stage: 'live' },
    'one of them': { team: 'data', stage: 'test' },
    'quotes in the key': { 'a"b': 'one', "it's": 'two' },
    'dots and brackets in the key': { 'a.b': 'three', '[0]': 'four', $: 'five' },
    'unicode in key and value': { größe: 'grün', '😀': 'é' },
    'what looks like other types': { number: '5', truth: 'true', nothing: 'null', empty: '' },
    'a backslash, a line and a space': { 'a\\b': 'six', 'a\nb': 'seven', 'a b': 'eight' },
  };
  let collectionId = '';
  beforeAll(async () => {
    collectionId = (await mutate(gateway, 'createCollection', { name: 'Marked' }))['collection'].id;
    for (const [name, metadata] of Object.entries(cases)) await unsynced({ name, metadata, collection: { id: collectionId } });
  });
  const having = (metadata: object) => namesOf({ collectionId, metadata });

  test.each(Object.entries(cases))('%s are found by all of them, and by each', async (name, metadata) => {
    expect(await having(metadata)).toEqual([name]);
    for (const [key, value] of Object.entries(metadata)) expect(await having({ [key]: value })).toContain(name);
  });

  test('every pair has to fit', async () => {
    expect(await having({ team: 'data' })).toEqual(['one of them', 'two pairs']);
    expect(await having({ team: 'data', stage: 'live' })).toEqual(['two pairs']);
    expect(await having({ team: 'data', stage: 'nowhere' })).toEqual([]);
    expect(await having({ team: 'DATA' })).toEqual([]);
    expect(await having({ 'team"': 'data' })).toEqual([]);
    expect(await having({ a: 'three' })).toEqual([]);
    expect(await having({})).toHaveLength(Object.keys(cases).length);
  });

  test.each([[5], [true], [null], [{ a: '1' }], [['x']]])('a value that is no text (%j) is refused', async (value) => {
    expect(await codeOf({ filter: { metadata: { number: value } } })).toEqual(['VALIDATION_FAILED']);
  });
});

describe('search', () => {
  const names = [
    '100% sure',
    '1000 sure',
    'under_score',
    'underscore',
    'back\\slash',
    'backslash',
    'Économie',
    'ÜBER alles',
    'Straße 5',
    'star * and ?',
    'star and',
    '[a] list',
    'a list',
    "quote ' here",
    'Ωμέγα',
  ];
  let collectionId = '';
  beforeAll(async () => {
    collectionId = (await mutate(gateway, 'createCollection', { name: 'Searched' }))['collection'].id;
    for (const name of names) await unsynced({ name, collection: { id: collectionId } });
  });

  test.each([
    ['SURE', ['100% sure', '1000 sure']],
    ['100%', ['100% sure']],
    ['r_s', ['under_score']],
    ['k\\s', ['back\\slash']],
    ['éCONOMIE', ['Économie']],
    ['über', ['ÜBER alles']],
    ['STRAß', ['Straße 5']],
    ['* and', ['star * and ?']],
    ['?', ['star * and ?']],
    ['[A]', ['[a] list']],
    ["' h", ["quote ' here"]],
    ['ΜΈΓΑ', ['Ωμέγα']],
    [' and', ['star * and ?', 'star and']],
    ['nowhere', []],
    ['x'.repeat(100), []],
  ])('%j finds %j', async (search, expected) => {
    expect(await namesOf({ collectionId, search })).toEqual([...expected].sort());
  });

  test('with nothing in it leaves nothing out; longer than any name is refused', async () => {
    expect(await namesOf({ collectionId, search: '' })).toEqual([...names].sort());
    expect(await codeOf({ filter: { search: '*'.repeat(50_000) } })).toEqual(['VALIDATION_FAILED']);
  });
});

test('by status, source and collection, alone and together', async () => {
  const { id: never, collectionId } = await unsynced({ name: 'Never tested' });
  const into = { collection: { id: collectionId } };
  const { id: tested } = await connect(gateway, { name: 'Tested', ...into, config: { count: 10 } });
  const { id: failed } = await connect(gateway, { name: 'Failed', ...into, config: { count: 10, failAfter: 1 } });
  await endOf(gateway, await run(gateway, failed));
  const { id: busy } = await connect(gateway, { name: 'Busy', ...into, config: { count: 100_000, recordsPerSecond: 1_000 } });
  const jobId = await run(gateway, busy);
  const { id: deleted } = await unsynced({ name: 'Deleted', ...into });
  await mutate(gateway, 'deleteSourceConnection', { id: deleted });
  const idsOf = async (filter: object) => (await list({ filter: { collectionId, ...filter }, first: 100 })).nodes.map(({ id }) => id).sort();

  expect(await idsOf({ statuses: ['UNVERIFIED'] })).toEqual([never]);
  expect(await idsOf({ statuses: ['ACTIVE', 'ERROR'] })).toEqual([tested, failed].sort());
  expect(await idsOf({ statuses: ['SYNCING'] })).toEqual([busy]);
  expect(await idsOf({ statuses: ['DELETED'] })).toEqual([deleted]);
  expect(await idsOf({ statuses: ['PAUSED'] })).toEqual([]);
  expect(await idsOf({ statuses: [] })).toEqual([]);
  expect(await idsOf({})).toEqual([never, tested, failed, busy].sort());
  expect(await idsOf({ includeDeleted: true })).toEqual([never, tested, failed, busy, deleted].sort());
  expect(await idsOf({ sourceShortNames: ['faker'], search: 'tested' })).toEqual([never, tested].sort());
  expect(await idsOf({ sourceShortNames: ['files', 'postgresql'] })).toEqual([]);
  expect(await idsOf({ sourceShortNames: [] })).toEqual([]);
  expect((await list({ filter: { collectionId, statuses: ['ACTIVE', 'ERROR'] }, first: 1 })).totalCount).toBe(2);
  await mutate(gateway, 'cancelSyncJob', { id: jobId });
  await endOf(gateway, jobId);
});

describe('every order', () => {
  const size = 4;
  let filter = {};
  let ids: string[] = [];
  const names = ['beta', 'Alpha', 'beta', 'beta', 'gamma', 'beta', 'alpha', 'beta', 'beta', 'Zulu', 'élan', 'beta', 'beta', 'gamma'];
  beforeAll(async () => {
    const collectionId = (await mutate(gateway, 'createCollection', { name: 'Ordered' }))['collection'].id;
    filter = { collectionId };
    ids = [];
    for (const name of names) ids.push((await unsynced({ name: name.padEnd(5, '!'), collection: { id: collectionId } })).id);
    // Another order of changes than of creation; several in one millisecond where the machine is fast.
    await Promise.all([9, 3, 6, 1].map((index) => mutate(gateway, 'updateSourceConnection', { id: ids[index], description: 'touched' })));
  });

  const walk = async (orderBy: Args['orderBy'], backwards: boolean): Promise<string[]> => {
    const found: string[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < 20; pages++) {
      const page: Page = await list({
        filter,
        ...(orderBy ? { orderBy } : {}),
        ...(backwards ? { last: size, before: cursor } : { first: size, after: cursor }),
      });
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = page.pageInfo;
      expect(page.totalCount).toBe(names.length);
      expect([page.edges[0]?.cursor, page.edges.at(-1)?.cursor]).toEqual([startCursor, endCursor]);
      const part = page.nodes.map(({ id }) => id);
      if (backwards) found.unshift(...part);
      else found.push(...part);
      if (pages > 0) expect(backwards ? hasNextPage : hasPreviousPage).toBe(true);
      if (!(backwards ? hasPreviousPage : hasNextPage)) return found;
      cursor = backwards ? startCursor : endCursor;
    }
    throw new Error('the pages have no end');
  };

  test.each(
    ['NAME', 'CREATED_AT', 'UPDATED_AT', 'NEXT_SCHEDULED_RUN'].flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction])),
  )('by %s %s, page by page forwards and backwards, has every one once, in the same order', async (field, direction) => {
    const orderBy = { field: field ?? '', direction: direction ?? '' };
    const whole = (await list({ filter, orderBy, first: 100 })).nodes.map(({ id }) => id);
    expect([...whole].sort()).toEqual([...ids].sort());
    expect(await walk(orderBy, false)).toEqual(whole);
    expect(await walk(orderBy, true)).toEqual(whole);
    const opposite = { field: orderBy.field, direction: direction === 'ASC' ? 'DESC' : 'ASC' };
    expect((await list({ filter, orderBy: opposite, first: 100 })).nodes.map(({ id }) => id)).toEqual([...whole].reverse());
  });

  test('is by what it says', async () => {
    const ordered = async (field: string) => (await list({ filter, orderBy: { field, direction: 'ASC' }, first: 100 })).nodes;
    const byName = (await ordered('NAME')).map(({ name }) => name);
    expect(byName).toEqual([...byName].sort((a, b) => (Buffer.from(a) < Buffer.from(b) ? -1 : Buffer.from(a).compare(Buffer.from(b)))));
    expect((await ordered('CREATED_AT')).map(({ id }) => id)).toEqual(ids);
    const touched = (await ordered('UPDATED_AT')).slice(-4).map(({ id }) => id);
    expect([...touched].sort()).toEqual([9, 3, 6, 1].map((index) => ids[index]).sort());
    expect((await list({ filter, first: 100 })).nodes.map(({ id }) => id)).toEqual([...ids].reverse());
  });

  test('between two cursors there is what lies between them', async () => {
    const orderBy = { field: 'NAME', direction: 'ASC' };
    const whole = await list({ filter, orderBy, first: 100 });
    const after = whole.edges[2]?.cursor ?? null;
    const before = whole.edges[9]?.cursor ?? null;
    const between = whole.nodes.slice(3, 9).map(({ id }) => id);
    expect((await list({ filter, orderBy, first: 100, after, before })).nodes.map(({ id }) => id)).toEqual(between);
    expect((await list({ filter, orderBy, first: 2, after, before })).nodes.map(({ id }) => id)).toEqual(between.slice(0, 2));
    expect((await list({ filter, orderBy, last: 2, after, before })).nodes.map(({ id }) => id)).toEqual(between.slice(-2));
  });

  test('what is added or renamed between two pages moves no other one', async () => {
    const orderBy = { field: 'NAME', direction: 'ASC' };
    const whole = (await list({ filter, orderBy, first: 100 })).nodes.map(({ id }) => id);
    const first = await list({ filter, orderBy, first: size });
    const { id } = await unsynced({ name: 'AAAA', collection: { id: (filter as { collectionId: string }).collectionId } });
    const second = await list({ filter, orderBy, first: size, after: first.pageInfo.endCursor });
    expect(second.nodes.map((node) => node.id)).toEqual(whole.slice(size, 2 * size));
    await mutate(gateway, 'deleteSourceConnection', { id });
  });

  test('a cursor is bound to its filter and order', async () => {
    const orderBy = { field: 'NAME', direction: 'ASC' };
    const { endCursor: after } = (await list({ filter, orderBy, first: 2 })).pageInfo;
    for (const args of [
      { filter, orderBy: { field: 'NAME', direction: 'DESC' } },
      { filter, orderBy: { field: 'UPDATED_AT', direction: 'ASC' } },
      { filter },
      { orderBy },
      { filter: { ...filter, search: 'a' }, orderBy },
      { filter: { ...filter, metadata: { a: 'b' } }, orderBy },
    ])
      expect([args, await codeOf({ ...args, first: 2, after })]).toEqual([args, ['VALIDATION_FAILED']]);
    for (const wrong of ['', 'nonsense', Buffer.from('["x",1]').toString('base64url'), Buffer.from('{}').toString('base64url')])
      expect([wrong, await codeOf({ filter, orderBy, first: 2, after: wrong })]).toEqual([wrong, ['VALIDATION_FAILED']]);
  });

  test('a page has its limits', async () => {
    expect(await codeOf({ first: 101 })).toEqual(['LIMIT_EXCEEDED']);
    expect(await codeOf({ last: 101 })).toEqual(['LIMIT_EXCEEDED']);
    expect(await codeOf({ first: -1 })).toEqual(['VALIDATION_FAILED']);
    expect(await codeOf({ first: 1, last: 1 })).toEqual(['VALIDATION_FAILED']);
    expect(await list({ filter, first: 0 })).toMatchObject({ nodes: [], totalCount: names.length, pageInfo: { hasNextPage: true, endCursor: null } });
  });
});

describe('the log of a job', () => {
  const logs = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { syncJob(id: $id) {
    logs(first: $first, after: $after, last: $last, before: $before) {
      nodes { sequence message } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  } }`;

  test('ends with `last`, and goes back from there page by page', async () => {
    const { id } = await connect(gateway, { config: { count: 10, failAfter: 3 } });
    const jobId = await run(gateway, id);
    await endOf(gateway, jobId);
    const read = async (page: object) => (await gateway.query(logs, { id: jobId, ...page })).syncJob.logs;
    const whole = (await read({ first: 100 })).nodes as { sequence: number; message: string }[];
    expect(whole.length).toBeGreaterThan(1);
    expect(whole.map(({ sequence }) => sequence)).toEqual(whole.map((_, index) => index + 1));
    const tail = await read({ last: 1 });
    expect(tail.nodes).toEqual(whole.slice(-1));
    expect(tail.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const back: unknown[] = [...tail.nodes];
    for (let page = tail; page.pageInfo.hasPreviousPage; back.unshift(...page.nodes))
      page = await read({ last: 1, before: page.pageInfo.startCursor });
    expect(back).toEqual(whole);
  });
});
