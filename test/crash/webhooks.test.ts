import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createHook, deliveriesOf, type HookReceiver, type Received, startReceiver, verify } from '../support/hook-receiver.ts';
import { seeded } from '../support/seeded.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

const random = seeded(20261123);
const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2', HEADGATE_WEBHOOK_RETRY_BASE_MS: '1' };

let gateway: Gateway | undefined;
let receiver: HookReceiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await gateway?.cleanUp();
  await receiver.close();
});
const open = async (dataDir?: string) => {
  gateway = await startGateway({ env, ...(dataDir ? { dataDir } : {}) });
  return gateway;
};

/** Without what came again: a receiver knows it by its id. */
function firsts(received: readonly Received[]): Received[] {
  const seen = new Set<string>();
  return received.filter(({ id }) => !seen.has(id) && seen.add(id));
}

test('a gateway that is killed again and again delivers every transition, in order, at least once', async () => {
  const first = await open();
  const hook = await createHook(first, receiver.url());
  const connections = [];
  for (let index = 0; index < 3; index++) connections.push(await connect(first, { config: { count: 2_000, recordsPerSecond: 2_000 } }));
  let current = first;
  const jobIds: string[] = [];
  for (let kill = 0; kill < 4; kill++) {
    // Nothing is answered: what was sent is not known to have arrived.
    receiver.answer = () => () => {};
    const before = receiver.received.length;
    for (const { id } of connections) jobIds.push(await run(current, id, { ifRunning: 'ATTACH' }));
    if (kill % 2 === 0) await eventually(() => expect(receiver.received.length).toBeGreaterThan(before), 30_000);
    await sleep(random(300));
    await current.kill();
    receiver.answer = () => (response) => void setTimeout(() => response.writeHead(204).end(), random(5));
    current = await open(current.dataDir);
    await sleep(random(300));
  }
  const { query } = current;
  for (const id of new Set(jobIds)) await endOf(current, id, 60_000);
  await eventually(async () => {
    const lines = await deliveriesOf({ query }, hook.id);
    expect(lines.filter(({ delivered }) => !delivered)).toEqual([]);
  }, 30_000);

  expect(receiver.received.length).toBeGreaterThan(firsts(receiver.received).length);
  for (const one of receiver.received) verify(hook.secret, one);
  for (const { id } of connections) {
    const { syncJobTransitions } = await current.query(
      'query ($id: ID!) { syncJobTransitions(first: 100, filter: { sourceConnectionId: $id }) { nodes { id } pageInfo { hasNextPage } } }',
      { id },
    );
    expect(syncJobTransitions.pageInfo.hasNextPage).toBe(false);
    const ofConnection = firsts(receiver.received).filter(({ payload }) => payload.data.sourceConnectionId === id);
    const told = ofConnection.filter(({ payload }) => payload.type === 'sync_job.transition').map(({ payload }) => payload.data.id);
    expect(told).toEqual(syncJobTransitions.nodes.map((node: { id: string }) => node.id));
    const versions = ofConnection.filter(({ payload }) => payload.type === 'source_connection.status').map(({ payload }) => payload.data.version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  }
  expect(await current.stop()).toBe(0);
}, 180_000);

test('a gateway that is asked to leave does not wait for a receiver that hangs, which gets the event again', async () => {
  const first = await open();
  const hook = await createHook(first, receiver.url());
  receiver.answer = () => () => {};
  await connect(first);
  await eventually(() => expect(receiver.received.length).toBe(1), 30_000);
  expect(await first.stop()).toBe(0);
  receiver.answer = () => 204;
  const after = await open(first.dataDir);
  await eventually(async () => expect(await deliveriesOf(after, hook.id)).toMatchObject([{ attempt: 1, delivered: true }]), 30_000);
  expect(receiver.received.map(({ id }) => id)).toEqual([receiver.received[0]?.id, receiver.received[0]?.id]);
}, 90_000);
