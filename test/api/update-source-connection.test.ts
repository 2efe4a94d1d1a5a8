import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { type SeededConnection, seed } from '../support/seed.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.cleanUp());

let connection: SeededConnection;
beforeEach(async () => {
  connection = await seed(gateway)
    .connection({ description: 'As it was', metadata: { team: 'sales', stage: 'demo' } })
    .created();
});
const update = (input: object) => mutate(gateway, 'updateSourceConnection', { id: connection.id, ...input });
const now = async () =>
  (
    await gateway.query(
      'query ($id: ID!) { sourceConnection(id: $id) { name description metadata version updatedAt createdAt status updatedBy { kind } } }',
      { id: connection.id },
    )
  ).sourceConnection;

describe('updating a source connection', () => {
  it('changes what is given and leaves the rest', async () => {
    const before = await now();
    expect(await update({ name: ' Renamed ' })).toMatchObject({
      __typename: 'UpdateSourceConnectionPayload',
      sourceConnection: { name: 'Renamed', description: 'As it was' },
    });
    const after = await now();
    expect(after).toMatchObject({ ...before, name: 'Renamed', version: before.version + 1, updatedAt: expect.any(String) });
    expect(Date.parse(after.updatedAt)).toBeGreaterThan(Date.parse(before.updatedAt));
  });

  it('replaces all of the metadata, and null empties description and metadata', async () => {
    expect(await update({ metadata: { owner: 'ada' } })).toMatchObject({ sourceConnection: { metadata: { owner: 'ada' } } });
    expect((await now()).metadata).toEqual({ owner: 'ada' });
    await update({ metadata: {}, description: '' });
    expect(await now()).toMatchObject({ metadata: {}, description: '' });
    await update({ metadata: null, description: null });
    expect(await now()).toMatchObject({ metadata: {}, description: null });
  });

  it('takes null for a name that is to stay', async () => {
    expect(await update({ name: null, description: 'New' })).toMatchObject({ sourceConnection: { name: 'Ten orders', description: 'New' } });
  });

  it.each<[string, object, string[]]>([
    ['a short name', { name: 'abc' }, ['name']],
    ['a long name', { name: 'x'.repeat(43) }, ['name']],
    ['a long description', { description: 'x'.repeat(256) }, ['description']],
    ['metadata that is no text', { metadata: { a: true, b: null, c: 'fine' } }, ['metadata.a', 'metadata.b']],
    ['too much metadata', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v'])) }, ['metadata']],
    [
      'all of it',
      { name: '', description: 'x'.repeat(256), metadata: { ['k'.repeat(65)]: 'v', long: 'v'.repeat(513) } },
      ['description', `metadata.${'k'.repeat(65)}`, 'metadata.long', 'name'],
    ],
  ])('refuses %s by its path and changes nothing', async (_title, input, paths) => {
    const before = await now();
    expect(issuePaths(await update(input))).toEqual(paths);
    expect(await now()).toEqual(before);
  });

  it('can be done by many at once, each with a version of its own', async () => {
    const updated = await Promise.all(Array.from({ length: 10 }, (_, index) => update({ name: `Name ${index}` })));
    const versions = updated.map((result) => result['sourceConnection'].version);
    expect(new Set(versions).size).toBe(10);
    expect(Math.max(...versions)).toBe((await now()).version);
  });

  it('keeps unusual text as it is', async () => {
    const text = `"'; drop table source_connection; -- \u{1F600}\u0000 \\ $1 %`;
    await update({ name: text.slice(0, 42), description: text, metadata: { [text.slice(0, 60)]: text } });
    expect(await now()).toMatchObject({ name: text.slice(0, 42).trim(), description: text, metadata: { [text.slice(0, 60)]: text } });
  });

  it.each(['sc_01h455vb4pex5vsknk084sn02q', 'garbage', 'job_01h455vb4pex5vsknk084sn02q'])('that does not exist (%s) is NotFound', async (id) => {
    expect(await mutate(gateway, 'updateSourceConnection', { id, name: 'Whatever' })).toMatchObject({ __typename: 'NotFoundError', id });
  });
});
