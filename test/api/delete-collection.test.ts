import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { deleteCollection } from '../../src/collection/delete.ts';
import { createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { deleteSourceConnection } from '../../src/connection-lifecycle/delete.ts';
import { ConflictError } from '../../src/errors.ts';
import { claimSyncJob } from '../../src/sync-job/claim.ts';
import { finishSyncJob } from '../../src/sync-job/finish.ts';
import { readControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { serveHeldFile } from '../support/held-file.ts';
import { mutate } from '../support/mutate.ts';
import { openServices } from '../support/services.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway?.cleanUp();
});

const removeConnection = (id: string, api: Gateway = gateway) => mutate(api, 'deleteSourceConnection', { id });
const remove = (id: string, api: Gateway = gateway) => mutate(api, 'deleteCollection', { id });
const filesOf = ({ dataDir }: { dataDir: string }, id: string) => readdirSync(join(dataDir, 'records')).filter((name) => name.startsWith(id));
const create = async (input: object): Promise<{ id: string; readableId: string }> => (await mutate(gateway, 'createCollection', input))['collection'];

/** A collection with records whose only source connection has been deleted. */
async function abandoned(api: Gateway = gateway) {
  const { id, collectionId } = await connect(api, { name: 'Left behind', config: { count: 20 } });
  await endOf(api, await run(api, id));
  expect(await removeConnection(id, api)).toMatchObject({ sourceConnection: { status: 'DELETED' } });
  expect(filesOf(api, collectionId)).toContain(`${collectionId}.db`);
  return { id, collectionId };
}

describe('while it is in use it is refused', () => {
  test('by a source connection, whose name is in the answer', async () => {
    const { id, collectionId } = await connect(gateway, { name: 'The owner' });
    const refused = { __typename: 'ConflictError', code: 'CONFLICT', message: expect.stringContaining('The owner') };
    expect(await remove(collectionId)).toMatchObject(refused);
    await removeConnection(id);
    expect(await remove(collectionId)).toMatchObject({ __typename: 'DeleteCollectionPayload', deletedId: collectionId });
  });

  test('also by one that waits to be deleted until its job has stopped', async () => {
    const services = await openServices();
    onTestFinished(() => services.close());
    const { ctx, worker } = services;
    const faker = { name: 'Fake data', sourceShortName: 'faker', config: { count: 10 } };
    const { sourceConnection, syncJob } = await createSourceConnection(ctx, { ...faker, runSetupTests: true, syncImmediately: true });
    const claimed = await claimSyncJob(worker, syncJob?.id ?? '');
    if (!claimed) throw new Error('the job was not there to be claimed');
    const { id, collectionId } = sourceConnection;
    expect(await deleteSourceConnection(ctx, { id, deleteData: false })).toMatchObject({ sourceConnection: { status: 'DELETING' } });
    await expect(deleteCollection(ctx, collectionId)).rejects.toThrow(ConflictError);
    await finishSyncJob(worker, claimed, { to: 'CANCELLED', reason: 'the work has stopped' });
    await expect(deleteCollection(ctx, collectionId)).rejects.toThrow(ConflictError);
    await deleteSourceConnection(ctx, { id, deleteData: false });
    expect(await deleteCollection(ctx, collectionId)).toBe(collectionId);
  });
});

describe('afterwards', () => {
  test('it is gone from lists, by id, by readable id and from node(), with its records; nothing holds its files', async () => {
    const { id, collectionId } = await abandoned();
    const { collection: before } = await gateway.query(
      'query ($id: ID!) { collection(by: { id: $id }) { readableId records(first: 2) { nodes { id } } } }',
      { id: collectionId },
    );
    const recordIds = before.records.nodes.map((node: { id: string }) => node.id);
    expect(recordIds).toHaveLength(2);
    expect(await remove(collectionId)).toMatchObject({ deletedId: collectionId });

    const after = await gateway.query(
      `query ($id: ID!, $readableId: String!, $records: [ID!]!, $connection: ID!) {
        collections(first: 100) { totalCount nodes { id } }
        byId: collection(by: { id: $id }) { id }
        byReadableId: collection(by: { readableId: $readableId }) { id }
        node(id: $id) { id }
        nodes(ids: $records) { id }
        sourceConnection(id: $connection) { status recordCount collection { id name } streams { recordCount state } latestSyncJob { status } }
      }`,
      { id: collectionId, readableId: before.readableId, records: recordIds, connection: id },
    );
    expect(after).toMatchObject({ byId: null, byReadableId: null, node: null, nodes: [null, null] });
    expect(after.collections.nodes.map((node: { id: string }) => node.id)).not.toContain(collectionId);
    expect(after.collections.totalCount).toBe(after.collections.nodes.length);
    // The tombstone of the source connection still says where its records were.
    expect(after.sourceConnection).toMatchObject({
      status: 'DELETED',
      recordCount: 0,
      collection: { id: collectionId, name: 'Left behind' },
      latestSyncJob: { status: 'SUCCEEDED' },
    });
    for (const { recordCount, state } of after.sourceConnection.streams) expect([recordCount, state]).toEqual([0, null]);
    await eventually(() => expect(filesOf(gateway, collectionId)).toEqual([]));
  });

  test('it cannot be deleted again, nor written into', async () => {
    const { collectionId } = await abandoned();
    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(collectionId)));
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['DeleteCollectionPayload', ...Array(4).fill('NotFoundError')]);
    const input = { name: 'Fake data', sourceShortName: 'faker', collection: { id: collectionId } };
    expect(await mutate(gateway, 'createSourceConnection', input)).toMatchObject({ __typename: 'NotFoundError', id: collectionId });
    expect(await remove('col_01jd000000e00000000000000a')).toMatchObject({ __typename: 'NotFoundError' });
  });

  test('its readable id is free again, its number is not', async () => {
    const numberOf = (id: string) =>
      readControlRows(gateway, (database) => database.prepare('select number from collection where id = ?').pluck().get(id)) as number;
    const first = await create({ name: 'Readable', readableId: 'readable' });
    expect(await mutate(gateway, 'createCollection', { name: 'Other', readableId: 'readable' })).toMatchObject({ __typename: 'ConflictError' });
    await remove(first.id);
    const second = await create({ name: 'Readable', readableId: 'readable' });
    expect(second.readableId).toBe('readable');
    expect(second.id).not.toBe(first.id);
    expect(numberOf(second.id)).toBe(numberOf(first.id) + 1);
  });
});

test('a source connection that is being created in it meanwhile is refused, not lost', async () => {
  const held = await serveHeldFile();
  onTestFinished(() => held.close());
  const { id } = await create({ name: 'Soon gone' });
  const created = mutate(gateway, 'createSourceConnection', {
    name: 'Slow file',
    sourceShortName: 'files',
    config: { url: held.url },
    collection: { id },
  });
  await held.requested();
  expect(await remove(id)).toMatchObject({ deletedId: id });
  held.release();
  expect(await created).toMatchObject({ __typename: 'NotFoundError', id });
});

test('after a crash the next start removes what was left of it', async () => {
  const first = await startGateway({ env });
  onTestFinished(() => first.cleanUp());
  const { collectionId } = await abandoned(first);
  const kept = await connect(first, { name: 'Kept', config: { count: 20 } });
  await endOf(first, await run(first, kept.id));
  await Promise.all([remove(collectionId, first), first.kill()].map((each) => each.catch(() => {})));

  const second = await startGateway({ env, dataDir: first.dataDir });
  onTestFinished(() => second.cleanUp());
  // The kill may have come before the mutation.
  const { collection } = await second.query('query ($id: ID!) { collection(by: { id: $id }) { id } }', { id: collectionId });
  if (collection) await remove(collectionId, second);
  await second.kill();
  expect(existsSync(join(first.dataDir, 'records', `${kept.collectionId}.db`))).toBe(true);

  const third = await startGateway({ env, dataDir: first.dataDir });
  onTestFinished(() => third.cleanUp());
  await eventually(() => expect(filesOf(third, collectionId)).toEqual([]));
  const { sourceConnection } = await third.query(
    'query ($id: ID!) { sourceConnection(id: $id) { collection { records(first: 1) { nodes { id } } } } }',
    { id: kept.id },
  );
  expect(sourceConnection.collection.records.nodes).toHaveLength(1);
}, 120_000);

test.skipIf(process.platform !== 'linux')('its disk space is free once the gateway has opened another file', async () => {
  const { collectionId } = await abandoned();
  await gateway.query('query ($id: ID!) { collection(by: { id: $id }) { records(first: 1) { nodes { id } } } }', { id: collectionId });
  await remove(collectionId);
  await eventually(() => expect(filesOf(gateway, collectionId)).toEqual([]));
  const held = () =>
    readdirSync(`/proc/${gateway.pid}/fd`).flatMap((fd) => {
      try {
        const target = readlinkSync(`/proc/${gateway.pid}/fd/${fd}`);
        return target.includes(collectionId) ? [target] : [];
      } catch {
        return [];
      }
    });
  for (let index = 0; index < 8; index++) {
    const { id, collectionId: other } = await connect(gateway, { config: { count: 20 } });
    await endOf(gateway, await run(gateway, id));
    await gateway.query('query ($id: ID!) { collection(by: { id: $id }) { records(first: 1) { nodes { id } } } }', { id: other });
  }
  expect(held()).toEqual([]);
});
