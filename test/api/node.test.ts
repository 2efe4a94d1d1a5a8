import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, prefixOf } from '../../src/lib/typeid.ts';
import { canaryNamed } from '../support/canary.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { type SyncedConnection, seed } from '../support/seed.ts';

let gateway: Gateway;
let connection: SyncedConnection;
/** One object of each type, by its prefix. */
let objects: Record<string, { id: string; type: string }>;
beforeAll(async () => {
  gateway = await startGateway();
  connection = await seed(gateway).collection().connection().synced();
  const files = {
    name: 'Locked file',
    sourceShortName: 'files',
    config: { url: 'http://127.0.0.1:1/a.csv' },
    credentials: { token: canaryNamed('token') },
    runSetupTests: false,
  };
  const locked = await seed(gateway).connection(files).created();
  const found = await gateway.query(
    `query ($id: ID!, $job: ID!, $locked: ID!, $collection: ID!) {
      viewer { organization { id } }
      sourceConnection(id: $id) { latestTest { id } }
      locked: sourceConnection(id: $locked) { credential { id } }
      syncJob(id: $job) { transitions { id } }
      collection(by: { id: $collection }) { records(first: 1) { nodes { id } } }
    }`,
    { id: connection.id, job: connection.syncJob.id, locked: locked.id, collection: connection.collection.id },
  );
  objects = {
    org: { id: found.viewer.organization.id, type: 'Organization' },
    col: { id: connection.collection.id, type: 'Collection' },
    cred: { id: found.locked.credential.id, type: 'Credential' },
    sc: { id: connection.id, type: 'SourceConnection' },
    job: { id: connection.syncJob.id, type: 'SyncJob' },
    tr: { id: found.syncJob.transitions[0].id, type: 'SyncJobTransition' },
    test: { id: found.sourceConnection.latestTest.id, type: 'ConnectionTest' },
    rec: { id: found.collection.records.nodes[0].id, type: 'CollectionRecord' },
    src: { id: 'src_faker', type: 'Source' },
  };
});
afterAll(() => gateway.cleanUp());

const nodes = async (ids: readonly string[]) => (await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids })).nodes;
const node = async (id: string) => (await gateway.query('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).node;
const unknown = [
  'garbage',
  '',
  '_',
  'sc_',
  'sc_01h455vb4pex5vsknk084sn02q',
  'sc_01H455VB4PEX5VSKNK084SN02Q',
  'sc_81h455vb4pex5vsknk084sn02q',
  'sc_01h455vb4pex5vsknk084sn02',
  'rec_01h455vb4pex5vsknk084sn02q',
  'rec_00000000000000000000000000',
  'key_01h455vb4pex5vsknk084sn02q',
  'str_01h455vb4pex5vsknk084sn02q',
  'src_oracle',
  'src_',
  'src_constructor',
  'U291cmNlOjE=',
  'sc_\u0000',
  `sc_${'0'.repeat(300)}`,
];

describe('an id', () => {
  it('says by its prefix what it is, and gives the object again', async () => {
    for (const [prefix, { id, type }] of Object.entries(objects)) {
      expect(id).toMatch(prefix === 'src' ? /^src_[a-z]+$/ : new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`));
      expect(await node(id)).toEqual({ __typename: type, id });
    }
  });

  it.each(unknown)('that is nobody’s (%j) is null', async (id) => {
    expect(await node(id)).toBeNull();
    expect(await nodes([id])).toEqual([null]);
    for (const field of ['sourceConnection', 'syncJob'])
      expect(await gateway.query(`query ($id: ID!) { ${field}(id: $id) { id } }`, { id })).toEqual({ [field]: null });
  });

  it('under the prefix of another type is null', async () => {
    for (const [prefix, { id }] of Object.entries(objects)) {
      const body = id.slice(id.indexOf('_'));
      for (const other of Object.keys(objects)) if (other !== prefix && prefix !== 'src') expect(await node(`${other}${body}`)).toBeNull();
    }
  });

  it.each([
    'testSourceConnection',
    'runSourceConnection',
    'updateSourceConnection',
    'updateSourceConnectionCredentials',
    'cancelSyncJob',
  ])('of nobody or of another type is NotFound in %s', async (mutation) => {
    const wrong = mutation === 'cancelSyncJob' ? connection.id : connection.syncJob.id;
    const more = mutation === 'updateSourceConnectionCredentials' ? { credentials: {} } : {};
    for (const id of [...unknown, wrong, connection.collection.id])
      expect(await mutate(gateway, mutation, { id, ...more })).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND', id });
  });

  it('made after another one sorts after it, however fast they are made', () => {
    const ids = Array.from({ length: 20_000 }, () => newId('sc'));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => prefixOf(id) === 'sc')).toBe(true);
  });
});

describe('nodes', () => {
  it('keeps the order, the duplicates and the gaps', async () => {
    const { sc, src, job, col, rec } = objects as Record<string, { id: string; type: string }>;
    const wanted = [job, null, sc, sc, src, null, rec, col, job, src];
    const found = await nodes(wanted.map((object, index) => object?.id ?? unknown[index] ?? 'garbage'));
    expect(found).toEqual(wanted.map((object) => object && { __typename: object.type, id: object.id }));
  });

  it('of none is empty, of 100 is fine, of 101 is too many', async () => {
    expect(await nodes([])).toEqual([]);
    expect(await nodes(Array(100).fill(connection.id))).toHaveLength(100);
    const { errors } = await gateway.execute('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(101).fill(connection.id) });
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
  });
});
