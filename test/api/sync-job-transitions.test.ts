import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { GraphqlResult } from '../support/caller.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { seeded } from '../support/seeded.ts';
import { cancel, connect, endOf, jobWhere, listen, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '200' } });
});
afterAll(() => gateway?.cleanUp());

interface Event {
  readonly id: string;
  readonly cursor: string;
  readonly sequence: number;
  readonly from: string | null;
  readonly to: string;
  readonly syncJob: { readonly id: string; readonly status: string };
}
interface Data {
  readonly syncJobTransitions: Event;
}
const fields = 'id cursor sequence from to syncJob { id status }';
const document = `subscription ($filter: SyncJobTransitionFilter, $after: String) { syncJobTransitions(filter: $filter, after: $after) { ${fields} } }`;
const list = `query ($filter: SyncJobTransitionFilter, $after: String) {
  syncJobTransitions(filter: $filter, after: $after, first: 100) { nodes { ${fields} } pageInfo { endCursor hasNextPage } }
}`;
const small = { config: { count: 20 } };

const overSockets = (variables: object) => gateway.subscribe<Data>(document, { ...variables });
const overSse = (variables: object) => {
  const client = createClient({ url: `${gateway.url}/graphql`, retryAttempts: 0 });
  return client.iterate<Data>({ query: document, variables: { ...variables } }) as AsyncIterableIterator<GraphqlResult<Data>>;
};
const isEnd = ({ to }: Event) => ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(to);
const eventsOf = (seen: readonly Data[]) => seen.map((data) => data.syncJobTransitions);
const firstError = async (variables: object) => {
  const events = overSockets(variables);
  const { value } = await events.next().catch((error: unknown) => ({ value: { errors: error } }));
  await events.return?.();
  return (value.errors as { extensions: { code: string } }[])[0]?.extensions.code;
};
/** The end of the log: what a list that finds nothing ends at. */
const endOfLog = async (neverRun: string) =>
  (await gateway.query(list, { filter: { sourceConnectionId: neverRun } })).syncJobTransitions.pageInfo.endCursor as string;

describe.each([
  ['graphql-transport-ws', overSockets],
  ['server-sent events', overSse],
])('over %s', (_name, subscribe) => {
  test('every transition comes once, in order, and each with the job as it is then', async () => {
    const { id } = await connect(gateway, small);
    const after = await endOfLog(id);
    const events = subscribe({ filter: { sourceConnectionId: id }, after });
    const seen = listen(events, (all) => eventsOf(all).filter(isEnd).length === 2);
    for (let round = 0; round < 2; round++) await endOf(gateway, await run(gateway, id));
    const transitions = eventsOf(await seen);
    expect(transitions.map(({ sequence, from, to }) => `${sequence} ${from} ${to}`)).toEqual([
      ...['1 null PENDING', '2 PENDING RUNNING', '3 RUNNING SUCCEEDED'],
      ...['1 null PENDING', '2 PENDING RUNNING', '3 RUNNING SUCCEEDED'],
    ]);
    const last = transitions.filter(isEnd);
    expect(last.map(({ syncJob }) => syncJob.status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });
});

test('a client that comes back with its last cursor, at any moment, misses nothing and sees nothing twice', async () => {
  const random = seeded(5);
  const connections = await Promise.all(Array.from({ length: 3 }, () => connect(gateway, small)));
  const rounds = 12;
  let after = await endOfLog(connections[0]?.id ?? '');
  const seen: Event[] = [];
  const ended = () => seen.filter(isEnd).length;
  const jobs = Promise.all(
    connections.map(async ({ id }) => {
      const ids: string[] = [];
      for (let round = 0; round < rounds; round++) {
        ids.push(await run(gateway, id));
        await endOf(gateway, ids.at(-1) ?? '');
      }
      return ids;
    }),
  );
  let connects = 0;
  while (ended() < rounds * connections.length) {
    connects++;
    const events = connects % 2 === 0 ? overSockets({ after }) : overSse({ after });
    const cutAfter = random(150);
    const batch = await listen(events, () => false, cutAfter);
    seen.push(...eventsOf(batch));
    after = seen.at(-1)?.cursor ?? after;
  }
  const jobIds = (await jobs).flat();
  expect(connects).toBeGreaterThan(5);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  for (const jobId of jobIds) expect(seen.filter(({ syncJob }) => syncJob.id === jobId).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  const listed: string[] = [];
  for (const jobId of jobIds)
    listed.push(...(await gateway.query(list, { filter: { syncJobId: jobId } })).syncJobTransitions.nodes.map(({ id }: Event) => id));
  expect(seen.map(({ id }) => id).sort()).toEqual(listed.sort());
}, 120_000);

test('without a cursor only what happens from now on is told', async () => {
  const { id } = await connect(gateway, small);
  await endOf(gateway, await run(gateway, id));
  const events = overSockets({ filter: { sourceConnectionId: id } });
  const seen = listen(events, (all) => eventsOf(all).some(isEnd));
  // A subscription over a socket is established without an answer: a job that is slow enough is seen from somewhere on.
  await sleep(500);
  const jobId = await run(gateway, id);
  const transitions = eventsOf(await seen);
  expect(new Set(transitions.map(({ syncJob }) => syncJob.id))).toEqual(new Set([jobId]));
  expect(transitions.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
});

test('the cursor of an empty list is where a subscription begins that misses nothing', async () => {
  const connection = await connect(gateway, small);
  const filter = { sourceConnectionId: connection.id };
  const { nodes, pageInfo } = (await gateway.query(list, { filter })).syncJobTransitions;
  expect(nodes).toEqual([]);
  expect(pageInfo.endCursor).toEqual(expect.any(String));
  const jobId = await run(gateway, connection.id);
  await endOf(gateway, jobId);
  const seen = await listen(overSockets({ filter, after: pageInfo.endCursor }), (all) => all.length === 3);
  expect(eventsOf(seen).map(({ sequence, syncJob }) => [sequence, syncJob.id])).toEqual([1, 2, 3].map((sequence) => [sequence, jobId]));
  const rest = (await gateway.query(list, { filter, after: eventsOf(seen)[0]?.cursor })).syncJobTransitions.nodes;
  expect(rest.map(({ sequence }: Event) => sequence)).toEqual([2, 3]);
});

test('each field of the filter leaves out what it does not name', async () => {
  const [one, other] = await Promise.all([connect(gateway, small), connect(gateway, small)]);
  const after = await endOfLog(one.id);
  const jobId = await run(gateway, one.id);
  const otherJobId = await run(gateway, other.id);
  await Promise.all([endOf(gateway, jobId), endOf(gateway, otherJobId)]);
  const see = async (filter: object, count: number) => {
    const seen = eventsOf(await listen(overSockets({ filter, after }), (all) => all.length === count + 1, 1_500));
    expect(seen).toHaveLength(count);
    return new Set(seen.map(({ syncJob, to }) => ('to' in filter ? to : syncJob.id)));
  };
  expect(await see({ syncJobId: jobId }, 3)).toEqual(new Set([jobId]));
  expect(await see({ sourceConnectionId: one.id }, 3)).toEqual(new Set([jobId]));
  expect(await see({ collectionId: other.collectionId }, 3)).toEqual(new Set([otherJobId]));
  expect(await see({ to: ['SUCCEEDED', 'PENDING'] }, 4)).toEqual(new Set(['SUCCEEDED', 'PENDING']));
  expect(await see({ syncJobId: jobId, sourceConnectionId: other.id }, 0)).toEqual(new Set());
});

test('what does not exist is refused before the first event', async () => {
  expect(await firstError({ filter: { syncJobId: 'job_01jd000000e00000000000000a' } })).toBe('NOT_FOUND');
  expect(await firstError({ filter: { sourceConnectionId: 'sc_01jd000000e00000000000000a' } })).toBe('NOT_FOUND');
  expect(await firstError({ filter: { collectionId: 'col_01jd000000e00000000000000a' } })).toBe('NOT_FOUND');
  expect(await firstError({ after: 'nonsense' })).toBe('VALIDATION_FAILED');
  expect(await firstError({ after: Buffer.from(JSON.stringify(['sync-job-logs', 1])).toString('base64url') })).toBe('VALIDATION_FAILED');
  expect(await firstError({ after: Buffer.from(JSON.stringify(['transitions', 10 ** 9])).toString('base64url') })).toBe('CURSOR_EXPIRED');
});

test('a subscriber whose socket is frozen holds up nobody', async () => {
  const { id } = await connect(gateway, small);
  const after = await endOfLog(id);
  const frozen = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await once(socket, 'message');
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: document, variables: { after } } }));
      socket.pause();
      return socket;
    }),
  );
  const seen = listen(overSockets({ filter: { sourceConnectionId: id }, after }), (all) => eventsOf(all).filter(isEnd).length === 3);
  for (let round = 0; round < 3; round++) await endOf(gateway, await run(gateway, id));
  expect(eventsOf(await seen)).toHaveLength(9);
  for (const socket of frozen) socket.terminate();
});

test('a thousand subscriptions opened and closed leave the next one as it was', async () => {
  const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
  const jobId = await run(gateway, id);
  await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
  const after = (await gateway.query(list, { filter: { syncJobId: jobId } })).syncJobTransitions.pageInfo.endCursor as string;
  for (let round = 0; round < 20; round++) {
    const opened = Array.from({ length: 50 }, () => overSockets({ filter: { syncJobId: jobId }, after }));
    for (const events of opened) void events.next().catch(() => {});
    await Promise.all(opened.map((events) => events.return?.()));
  }
  const seen = listen(overSockets({ filter: { syncJobId: jobId }, after }), (all) => eventsOf(all).some(isEnd));
  await cancel(gateway, jobId);
  expect(eventsOf(await seen).map(({ to }) => to)).toEqual(['CANCELLING', 'CANCELLED']);
  expect(gateway.output()).not.toMatch(/MaxListenersExceeded|"level":50/);
}, 60_000);
