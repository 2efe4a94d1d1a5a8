import { afterAll, beforeAll, expect, test } from 'vitest';
import { canary } from '../support/canary.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { serveFiles } from '../support/http-files.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { connect, endOf } from '../support/sync-jobs.ts';

let gateway: Gateway;
let web: Awaited<ReturnType<typeof serveFiles>>;
const password = canary('password');
beforeAll(async () => {
  const authorization = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
  [gateway, web] = await Promise.all([
    startGateway(),
    serveFiles({ '/people.csv': { body: 'id,name\n1,a\n2,b\n', authorization }, '/pets.csv': { body: 'id\n1\n', authorization } }),
  ]);
});
afterAll(async () => {
  await gateway?.cleanUp();
  await web?.close();
});

const fields = `id name description status config metadata collection { id } schedule { type intervalMinutes } freshness { sensitivity }
  streams { name syncMode } credential { id publicValues secretFields } recordCount latestSyncJob { id }`;
const clone = (input: object) => mutate(gateway, 'cloneSourceConnection', input, `sourceConnection { ${fields} } syncJob { id }`);
const original = async () =>
  connect(gateway, {
    name: 'People of the web',
    description: 'Who is there',
    sourceShortName: 'files',
    config: { url: `${web.origin}/people.csv` },
    credentials: { username: 'reader', password },
    metadata: { team: 'ours' },
    schedule: { interval: { minutes: 60 } },
    freshness: { sensitivity: 'HIGH' },
    streams: [{ name: 'people', syncMode: 'FULL_REFRESH_APPEND' }],
  });

test('a clone is like the original, with credentials of its own and nothing of its past', async () => {
  const { id, collectionId } = await original();
  const { sourceConnection, syncJob } = await clone({ id, name: 'People again' });
  expect(sourceConnection).toMatchObject({
    name: 'People again',
    description: 'Who is there',
    status: 'ACTIVE',
    config: { url: `${web.origin}/people.csv` },
    metadata: { team: 'ours' },
    collection: { id: collectionId },
    schedule: { type: 'INTERVAL', intervalMinutes: 60 },
    freshness: { sensitivity: 'HIGH' },
    streams: [{ name: 'people', syncMode: 'FULL_REFRESH_APPEND' }],
    credential: { publicValues: { username: 'reader' }, secretFields: ['password'] },
    recordCount: 0,
    latestSyncJob: null,
  });
  expect(syncJob).toBeNull();
  const { credential } = (await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { credential { id } } }', { id })).sourceConnection;
  expect(sourceConnection.credential.id).not.toBe(credential.id);
  // The copy stands by itself: deleting the original takes nothing from it.
  await mutate(gateway, 'deleteSourceConnection', { id });
  const { syncJob: job } = await mutate(gateway, 'runSourceConnection', { id: sourceConnection.id });
  expect(await endOf(gateway, job.id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 2 });
});

test('what is given is different, and the clone is tested with it', async () => {
  const { id } = await original();
  const { sourceConnection, syncJob } = await clone({
    id,
    name: 'Pets of the web',
    config: { url: `${web.origin}/pets.csv` },
    collection: { create: { name: 'Pets' } },
    metadata: {},
    schedule: { manual: true },
    streams: [{ name: 'pets' }],
    syncImmediately: true,
  });
  expect(sourceConnection).toMatchObject({ metadata: {}, schedule: { type: 'MANUAL' }, streams: [{ name: 'pets' }] });
  expect(await endOf(gateway, syncJob.id)).toMatchObject({ status: 'SUCCEEDED', recordsRead: 1 });
  expect(await clone({ id, name: 'Wrong password', credentials: { username: 'reader', password: canary('wrong') } })).toMatchObject({
    __typename: 'InvalidCredentialsError',
  });
});

test('stored credentials go to no other system, names keep their rules, and a key makes one clone', async () => {
  const { id } = await original();
  expect(issuePaths(await clone({ id, name: 'Elsewhere', config: { url: 'https://example.com/people.csv' } }))).toEqual(['config.url']);
  expect(issuePaths(await clone({ id, name: 'abc' }))).toEqual(['name']);
  expect(await clone({ id: 'sc_01jd000000e00000000000000a', name: 'Of nothing' })).toMatchObject({ __typename: 'NotFoundError' });
  const keyed = { id, name: 'Only once', idempotencyKey: 'clone-1' };
  const [one, two] = await Promise.all([clone(keyed), clone(keyed)]);
  expect(one['sourceConnection'].id).toBe(two['sourceConnection'].id);
});
