import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionResult, parse, subscribe } from 'graphql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { CursorExpiredError } from '../../src/errors.ts';
import { prune } from '../../src/retention/prune.ts';
import { schema } from '../../src/schema.ts';
import { runSync } from '../../src/sync-job/run.ts';
import { startSync } from '../../src/sync-job/start.ts';
import { type OpenServices, openServices } from '../support/services.ts';

let open: OpenServices;
beforeEach(async () => {
  open = await openServices();
});
afterEach(() => open.close());

const never = new AbortController().signal;
const document = parse(`subscription ($filter: SyncJobTransitionFilter, $after: String) {
  syncJobTransitions(filter: $filter, after: $after) { cursor syncJob { id } } }`);
const follow = async (variableValues: Record<string, unknown>) => {
  const events = await subscribe({ schema, document, contextValue: open.context(), variableValues });
  if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events));
  return events as AsyncGenerator<ExecutionResult>;
};
const connect = async () =>
  (
    await createSourceConnection(open.ctx, {
      name: 'Fake data',
      sourceShortName: 'faker',
      config: { count: 1 },
      runSetupTests: false,
      syncImmediately: false,
    })
  ).sourceConnection.id;
const sync = async (id: string) => {
  const { syncJob } = await startSync(open.ctx, { id, mode: 'INCREMENTAL', ifRunning: 'REJECT' });
  await runSync(open.worker, syncJob.id, never);
  return syncJob.id;
};
const pruneAll = async () => {
  await prune(open.worker, never, new Date(Date.now() + 100 * 24 * 60 * 60 * 1000));
  await sleep(50);
};
const start = Buffer.from(JSON.stringify(['transitions', 0])).toString('base64url');

test('who has read history and not had it yet when it is pruned hears of the gap', async () => {
  const id = await connect();
  for (let round = 0; round < 4; round++) await sync(id);
  const events = await follow({ after: start });
  expect((await events.next()).value?.errors).toBeUndefined();
  await pruneAll();
  await expect(events.next()).rejects.toThrow(CursorExpiredError);
});

test('who has not read on for long hears of the gap, not of what was pruned', async () => {
  const id = await connect();
  const events = await follow({});
  await sync(id);
  await sync(id);
  await pruneAll();
  await expect(events.next()).rejects.toThrow(CursorExpiredError);
});

test('who waits for what comes next gets it, whatever was pruned meanwhile', async () => {
  const [id, other] = [await connect(), await connect()];
  const latest = await sync(other);
  const events = await follow({ filter: { sourceConnectionId: other } });
  const next = events.next();
  await sync(id);
  await sync(id);
  await pruneAll();
  const job = await sync(other);
  expect((await next).value?.data).toMatchObject({ syncJobTransitions: { syncJob: { id: job } } });
  expect(job).not.toBe(latest);
  await events.return?.(undefined);
});

test('who follows one job that is kept misses nothing of it', async () => {
  const [id, other] = [await connect(), await connect()];
  const latest = await sync(other);
  const events = await follow({ filter: { syncJobId: latest }, after: start });
  expect((await events.next()).value?.errors).toBeUndefined();
  await sync(id);
  await sync(id);
  await pruneAll();
  for (let more = 0; more < 2; more++) expect((await events.next()).value?.data).toMatchObject({ syncJobTransitions: { syncJob: { id: latest } } });
  await events.return?.(undefined);
});
