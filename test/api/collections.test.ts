import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { seed } from '../support/seed.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.cleanUp());
const create = (input: object) => mutate(gateway, 'createCollection', input);

describe('creating a collection', () => {
  it('makes a slug of its name, and gives it an id that sorts by creation', async () => {
    const first = await create({ name: ' Crème  Brûlée! ' });
    const second = await create({ name: 'Crème Brûlée' });
    expect([first, second]).toMatchObject([
      {
        __typename: 'CreateCollectionPayload',
        collection: { id: expect.stringMatching(/^col_/), name: 'Crème  Brûlée!', readableId: 'creme-brulee' },
      },
      { collection: { readableId: 'creme-brulee-2' } },
    ]);
    expect(first['collection'].id < second['collection'].id).toBe(true);
  });

  it('never gives a slug twice, whatever slugs people chose', async () => {
    await create({ name: 'Taken', readableId: 'data-2' });
    const slugs = [];
    for (let index = 0; index < 5; index++) slugs.push((await create({ name: 'Data' }))['collection'].readableId);
    expect(new Set([...slugs, 'data-2']).size).toBe(6);
    for (const slug of slugs) expect(slug).toMatch(/^data(-\d+)?$/);
  });

  it('of many at once gives each a slug', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create({ name: 'Parallel' })));
    expect(new Set(made.map((result) => result['collection'].readableId)).size).toBe(20);
  });

  it('with a slug that is taken is a conflict', async () => {
    await create({ name: 'Mine', readableId: 'mine' });
    expect(await create({ name: 'Also mine', readableId: 'mine' })).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT' });
  });

  it('of two with the same slug at once, one wins', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => create({ name: 'Race', readableId: 'race' })));
    expect(made.map(({ __typename }) => __typename).sort()).toEqual([...Array(4).fill('ConflictError'), 'CreateCollectionPayload']);
  });

  it.each<[string, object, string[]]>([
    ['no name', { name: '' }, ['name']],
    ['a name of blanks', { name: '   ' }, ['name']],
    ['a name of 81 characters', { name: 'x'.repeat(81) }, ['name']],
    ['a slug in capitals', { name: 'Shop', readableId: 'Shop' }, ['readableId']],
    ['an empty slug', { name: 'Shop', readableId: '' }, ['readableId']],
    ['a slug of 65 characters', { name: 'Shop', readableId: 'x'.repeat(65) }, ['readableId']],
    ['a slug with hyphens at its end', { name: 'Shop', readableId: 'shop-' }, ['readableId']],
    ['both wrong', { name: '', readableId: 'a b' }, ['name', 'readableId']],
  ])('refuses %s', async (_title, input, paths) => {
    expect(issuePaths(await create(input))).toEqual(paths);
  });
});

describe('reading collections', () => {
  it('by id and by slug; null for what is not there', async () => {
    const { collection } = await create({ name: 'Findable' });
    const read = async (by: object) =>
      (await gateway.query('query ($by: CollectionBy!) { collection(by: $by) { id name readableId } }', { by })).collection;
    expect([await read({ id: collection.id }), await read({ readableId: 'findable' })]).toEqual([collection, collection]);
    for (const by of [{ id: 'garbage' }, { id: 'col_01h455vb4pex5vsknk084sn02q' }, { readableId: 'none' }, { readableId: '' }])
      expect(await read(by)).toBeNull();
  });

  it('with its source connections and records', async () => {
    const collection = seed(gateway).collection({ name: 'Full' });
    const first = await collection.connection().synced();
    const second = await collection.connection({ name: 'Second', config: { count: 20 } }).synced();
    const read = await gateway.query(
      'query ($by: CollectionBy!) { collection(by: $by) { recordCount sourceConnections(first: 1) { totalCount nodes { id recordCount } pageInfo { hasNextPage } } } }',
      {
        by: { id: (await collection.created()).id },
      },
    );
    expect(read.collection).toEqual({
      recordCount: first.syncJob.recordsRead + second.syncJob.recordsRead,
      sourceConnections: { totalCount: 2, nodes: [{ id: second.id, recordCount: second.syncJob.recordsRead }], pageInfo: { hasNextPage: true } },
    });
  });

  it('in pages both ways, the newest first', async () => {
    const document =
      'query ($first: Int, $after: String, $last: Int, $before: String) { collections(first: $first, after: $after, last: $last, before: $before) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }';
    const page = async (variables: object) => (await gateway.query(document, { ...variables })).collections;
    const all = (await page({ first: 100 })) as { totalCount: number; nodes: { id: string }[] };
    const ids = all.nodes.map(({ id }) => id);
    expect([...ids].sort().reverse()).toEqual(ids);
    expect(all.totalCount).toBe(ids.length);
    const walk = async (step: (cursor: string | null) => object, flag: string, cursor: string, place: 'push' | 'unshift') => {
      const seen: string[][] = [];
      for (let at: string | null = null, more = true; more; ) {
        const part = await page(step(at));
        seen[place](part.nodes.map(({ id }: { id: string }) => id));
        more = part.pageInfo[flag];
        at = part.pageInfo[cursor];
      }
      return seen.flat();
    };
    expect(await walk((after) => ({ first: 7, after }), 'hasNextPage', 'endCursor', 'push')).toEqual(ids);
    expect(await walk((before) => ({ last: 7, before }), 'hasPreviousPage', 'startCursor', 'unshift')).toEqual(ids);
  });
});
