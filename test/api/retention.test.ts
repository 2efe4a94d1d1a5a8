import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { watchSyncJobs } from '../../src/client/client.ts';
import type { GraphqlResult } from '../support/caller.ts';
import { readControlRows, writeControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { cancel, connect, endOf, readJob, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  // The shortest age says how often it looks.
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '100', HEADGATE_AUDIT_RETENTION_DAYS: '0.00001' } });
});
afterAll(() => gateway?.cleanUp());

const small = { config: { count: 5 } };
const document = `subscription ($filter: SyncJobTransitionFilter, $after: String) { syncJobTransitions(filter: $filter, after: $after) {
  id cursor to syncJob { id } } }`;
const logs = `subscription ($id: ID!, $after: String) { syncJobLogs(syncJobId: $id, after: $after) { cursor message } }`;
const list = `query ($filter: SyncJobTransitionFilter, $last: Int) { syncJobTransitions(filter: $filter, last: $last) {
  nodes { cursor } pageInfo { endCursor } } }`;

const overSockets = (query: string, variables: object) => gateway.subscribe(query, { ...variables });
const overSse = (query: string, variables: object) => {
  const client = createClient({ url: `${gateway.url}/graphql`, retryAttempts: 0 });
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they selected
  return client.iterate<any>({ query, variables: { ...variables } }) as AsyncIterableIterator<GraphqlResult<any>>;
};
type Subscribe = typeof overSockets;

/** The code of the error in the place of the first event; `null` when there is none yet. */
async function refusal(events: AsyncIterableIterator<GraphqlResult<unknown>>): Promise<unknown> {
  const first = events.next().catch((error: unknown) => ({ value: { errors: Array.isArray(error) ? error : [error] } }));
  const outcome = await Promise.race([first, new Promise<null>((resolve) => setTimeout(resolve, 1500, null))]);
  await events.return?.();
  return outcome?.value?.errors?.[0]?.extensions?.code ?? null;
}

const cursorAt = async (filter: object) => (await gateway.query(list, { filter, last: 1 })).syncJobTransitions.nodes[0].cursor as string;
const sync = async (id: string) => (await endOf(gateway, await run(gateway, id))).id;
const exists = (jobId: string) =>
  readControlRows(gateway, (database) => database.prepare('select count(*) from sync_job where id = ?').pluck().get(jobId)) === 1;
/** Makes ended jobs so old that they go, all but the latest of each source connection, and waits for it. */
async function age(...jobIds: string[]): Promise<void> {
  writeControlRows(gateway, (database) => {
    for (const id of jobIds) database.prepare('update sync_job set completed_at = completed_at - 100 * 86400000 where id = ?').run(id);
  });
  await eventually(() => expect(jobIds.filter(exists)).toEqual([]), 30_000);
}

describe.each<[string, Subscribe]>([
  ['graphql-transport-ws', overSockets],
  ['server-sent events', overSse],
])('over %s', (_name, subscribe) => {
  test('a subscription from before what was pruned ends with CURSOR_EXPIRED, one behind it or of a job that is kept goes on', async () => {
    const { id } = await connect(gateway, small);
    const start = await cursorAt({ syncJobId: await sync(id) });
    const kept = await connect(gateway, { ...small, collection: { id: (await connectionOf(id)).collection.id } });
    const keptJob = await sync(kept.id);
    const old = await sync(id);
    const pruned = await cursorAt({ syncJobId: old });
    const latest = await sync(id);
    await age(old);
    expect(await refusal(subscribe(document, { after: start }))).toBe('CURSOR_EXPIRED');
    expect(await refusal(subscribe(document, { after: start, filter: { sourceConnectionId: id } }))).toBe('CURSOR_EXPIRED');
    expect(await refusal(subscribe(document, { after: start, filter: { syncJobId: keptJob } }))).toBe(null);
    expect(await refusal(subscribe(document, { after: pruned }))).toBe(null);
    const events = subscribe(document, { after: pruned, filter: { sourceConnectionId: id } });
    const seen: unknown[] = [];
    for await (const { data } of events) {
      seen.push(data.syncJobTransitions.to);
      expect(data.syncJobTransitions.syncJob.id).toBe(latest);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);
  });

  test('a log that was pruned ends an old cursor of it, and begins for others where it is kept', async () => {
    const jobId = await sync((await connect(gateway, { config: { count: 5 } })).id);
    const first = await subscribe(logs, { id: jobId }).next();
    writeControlRows(gateway, (database) =>
      database.prepare('update sync_job set completed_at = completed_at - 31 * 86400000 where id = ?').run(jobId),
    );
    await eventually(
      () =>
        expect(readControlRows(gateway, (database) => database.prepare('select log_pruned from sync_job where id = ?').pluck().get(jobId))).toBe(1),
      30_000,
    );
    const lines = readControlRows(gateway, (database) =>
      database.prepare('select log_pruned_to from sync_job where id = ?').pluck().get(jobId),
    ) as number;
    const cursor = (line: number) => Buffer.from(JSON.stringify(['sync-job-logs', line])).toString('base64url');
    expect(first.value?.data?.syncJobLogs.cursor).toBeTypeOf('string');
    expect(await refusal(subscribe(logs, { id: jobId, after: cursor(lines - 1) }))).toBe('CURSOR_EXPIRED');
    expect(await refusal(subscribe(logs, { id: jobId, after: cursor(lines) }))).toBe(null);
    expect(await refusal(subscribe(logs, { id: jobId }))).toBe(null);
    expect((await gateway.query('query ($id: ID!) { syncJob(id: $id) { logs { nodes { message } } } }', { id: jobId })).syncJob.logs.nodes).toEqual(
      [],
    );
  });
});

const connectionOf = async (id: string) =>
  (await gateway.query('query ($id: ID!) { sourceConnection(id: $id) { version status latestSyncJob { id } collection { id } } }', { id }))
    .sourceConnection;

test('a pruned job is not found any more, and its source connection is as it was', async () => {
  const { id } = await connect(gateway, small);
  const [old, latest] = [await sync(id), await sync(id)];
  const before = await connectionOf(id);
  await age(old);
  expect(await connectionOf(id)).toEqual(before);
  expect(before.latestSyncJob.id).toBe(latest);
  expect(await gateway.query('query ($id: ID!) { node(id: $id) { id } syncJob(id: $id) { id } }', { id: old })).toEqual({
    node: null,
    syncJob: null,
  });
  expect(await cancel(gateway, old)).toMatchObject({ code: 'NOT_FOUND' });
  expect(await mutate(gateway, 'retrySyncJob', { id: old })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refusal(overSockets(document, { filter: { syncJobId: old } }))).toBe('NOT_FOUND');
});

test('a list ends where a subscription may begin, whatever its filter leaves out', async () => {
  const quiet = await connect(gateway, small);
  await sync(quiet.id);
  const busy = await connect(gateway, { ...small, collection: { id: (await connectionOf(quiet.id)).collection.id } });
  const old = await sync(busy.id);
  await sync(busy.id);
  await age(old);
  for (const filter of [{ sourceConnectionId: quiet.id }, { to: ['CANCELLED'], collectionId: quiet.collectionId }, {}]) {
    const { pageInfo } = (await gateway.query(list, { filter, last: 5 })).syncJobTransitions;
    expect(await refusal(overSockets(document, { filter, after: pageInfo.endCursor }))).toBe(null);
  }
});

test('whoever watches with the client lists again and goes on', async () => {
  const { id } = await connect(gateway, small);
  const old = await sync(id);
  const after = await cursorAt({ syncJobId: old });
  const [gone, latest] = [await sync(id), await sync(id)];
  await age(old, gone);
  const filter = { sourceConnectionId: id };
  for (const history of ['all', 100] as const) {
    const items = watchSyncJobs({ url: `${gateway.url}/graphql`, filter, after, history, maxRetryDelayMs: 100 });
    expect(await items.next()).toEqual({ done: false, value: { kind: 'reset' } });
    const seen: unknown[] = [];
    let next: string | undefined;
    for await (const item of items) {
      if (item.kind === 'reset') throw new Error('It begins again and again.');
      seen.push([item.transition.syncJob.id, item.transition.to]);
      if (seen.length === 3) next = await run(gateway, id);
      if (seen.length === 6) break;
    }
    const path = ['PENDING', 'RUNNING', 'SUCCEEDED'];
    const shown = history === 'all' ? latest : expect.any(String);
    if (history === 'all') expect(seen).toEqual([...path.map((to) => [shown, to]), ...path.map((to) => [next, to])]);
    await endOf(gateway, next ?? '');
    if (history === 'all') expect((await readJob(gateway, latest)).id).toBe(latest);
  }
});
