import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { cancel, connect, endOf, jobWhere, listen, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '200' } });
});
afterAll(() => gateway?.cleanUp());

interface Status {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly statusReason: string | null;
}
const document = `subscription ($ids: [ID!], $collectionId: ID) {
  sourceConnectionStatus(sourceConnectionIds: $ids, collectionId: $collectionId) { id version status statusReason }
}`;
const follow = async (variables: Record<string, unknown>, enough: (seen: readonly Status[]) => boolean, withinMs?: number) => {
  const events = gateway.subscribe<{ sourceConnectionStatus: Status }>(document, variables);
  return (await listen(events, (seen) => enough(seen.map((data) => data.sourceConnectionStatus)), withinMs)).map(
    (data) => data.sourceConnectionStatus,
  );
};
const failsWith = async (variables: Record<string, unknown>) => {
  const { value } = await gateway
    .subscribe(document, variables)
    .next()
    .catch((error: unknown) => ({ value: { errors: error } }));
  return value.errors[0].extensions.code;
};
const small = { config: { count: 20 } };
const jobs = async (id: string, rounds: number) => {
  for (let round = 0; round < rounds; round++) await endOf(gateway, await run(gateway, id, { mode: 'FULL_REFRESH' }));
};
/** A subscription over a socket begins without an answer. */
const established = () => sleep(500);

test('a connection is told first as it is, then each change of its status, in order', async () => {
  const { id } = await connect(gateway, small);
  const seen = follow({ ids: [id] }, (all) => all.length === 7);
  await established();
  await jobs(id, 3);
  const statuses = await seen;
  expect(statuses.map(({ status }) => status)).toEqual(['ACTIVE', 'SYNCING', 'ACTIVE', 'SYNCING', 'ACTIVE', 'SYNCING', 'ACTIVE']);
  const versions = statuses.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
});

test('a subscription that begins in the middle of changes misses none of those after its first', async () => {
  const { id } = await connect(gateway, small);
  const subscriptions = Array.from({ length: 20 }, () => gateway.subscribe<{ sourceConnectionStatus: Status }>(document, { ids: [id] }));
  const followed = subscriptions.map((): Status[] => []);
  const following = subscriptions.map(async (events, index) => {
    await sleep(index * 25);
    for await (const { data } of events) if (data) followed[index]?.push(data.sourceConnectionStatus);
  });
  await jobs(id, 8);
  const { sourceConnection } = await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { version } }', { id });
  await eventually(() => {
    for (const seen of followed) expect(seen.at(-1)).toMatchObject({ status: 'ACTIVE', version: sourceConnection.version });
  });
  for (const events of subscriptions) await events.return?.();
  await Promise.all(following);
  for (const seen of followed) {
    const statuses = seen.map(({ status }) => status);
    const alternating = statuses.map((_status, index) => ((statuses.length - index) % 2 === 1 ? 'ACTIVE' : 'SYNCING'));
    expect(statuses).toEqual(alternating);
  }
});

test('without ids only changes are told; a collection leaves out those of the others', async () => {
  const [one, other] = await Promise.all([connect(gateway, small), connect(gateway, small)]);
  const all = follow({}, (seen) => seen.length === 4);
  const ofOther = follow({ collectionId: other.collectionId }, (seen) => seen.length === 2);
  await established();
  await jobs(one.id, 1);
  await jobs(other.id, 1);
  expect((await all).map(({ id, status }) => [id, status])).toEqual([
    [one.id, 'SYNCING'],
    [one.id, 'ACTIVE'],
    [other.id, 'SYNCING'],
    [other.id, 'ACTIVE'],
  ]);
  expect((await ofOther).map(({ id, status }) => [id, status])).toEqual([
    [other.id, 'SYNCING'],
    [other.id, 'ACTIVE'],
  ]);
});

test('a failure is told with its reason, and a cancelled job decides nothing', async () => {
  const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000, failAfter: 1 } });
  const steady = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
  const seen = follow({ ids: [id, steady.id] }, (all) => all.length === 6);
  await established();
  const failed = await endOf(gateway, await run(gateway, id));
  const jobId = await run(gateway, steady.id);
  await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
  await cancel(gateway, jobId);
  const byId = Object.groupBy(await seen, (event) => event.id);
  expect(byId[id]?.map(({ status, statusReason }) => [status, statusReason])).toEqual([
    ['ACTIVE', null],
    ['SYNCING', null],
    ['ERROR', failed.failure?.message],
  ]);
  expect(byId[steady.id]?.map(({ status }) => status)).toEqual(['ACTIVE', 'SYNCING', 'ACTIVE']);
});

test('what does not exist is refused', async () => {
  expect(await failsWith({ ids: ['sc_01jd000000e00000000000000a'] })).toBe('NOT_FOUND');
  expect(await failsWith({ collectionId: 'col_01jd000000e00000000000000a' })).toBe('NOT_FOUND');
});
