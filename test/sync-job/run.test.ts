import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { claimSyncJob } from '../../src/sync-job/claim.ts';
import { getSyncJob } from '../../src/sync-job/read.ts';
import { runSync } from '../../src/sync-job/run.ts';
import { giveUpOn } from '../../src/sync-job/supervise.ts';
import { serveFiles } from '../support/http-files.ts';
import { type OpenServices, openServices } from '../support/services.ts';

let open: OpenServices;
beforeEach(async () => {
  open = await openServices();
});
afterEach(() => open.close());

const connect = async (input: object) => {
  const created = await createSourceConnection(open.ctx, {
    name: 'A source',
    sourceShortName: 'faker',
    runSetupTests: false,
    syncImmediately: true,
    ...input,
  });
  return created.syncJob?.id ?? '';
};
const perform = async (id: string, signal = new AbortController().signal) => {
  await runSync(open.worker, id, signal);
  return getSyncJob(open.ctx, id);
};
const linesOf = (id: string) =>
  open.control.native
    .prepare<[string], { level: string; message: string }>('select level, message from sync_job_log where sync_job_id = ? order by sequence')
    .all(id);

test('a fault of ours ends the job, tells nobody its text, and keeps what was committed', async () => {
  const web = await serveFiles({ '/people.csv': { body: 'id,name\n1,a\n2,b\n' } });
  onTestFinished(() => web.close());
  const id = await connect({ sourceShortName: 'files', config: { url: `${web.origin}/people.csv` } });
  open.control.native.exec(`create trigger no_end before update on sync_job when new.status = 'SUCCEEDED' begin select raise(abort, 'no room'); end`);
  await perform(id);
  open.control.native.exec('drop trigger no_end');
  const before = await getSyncJob(open.ctx, id);
  expect(before.status).toBe('FAILED');
  expect(before.failure).toMatchObject({ origin: 'PLATFORM', type: 'INTERNAL' });
  expect(before.failure?.message).not.toContain('no room');
  expect(before).toMatchObject({ recordsRead: 2, recordsInserted: 2 });
});

test('an attempt that finds every stream complete reads nothing', async () => {
  const web = await serveFiles({ '/people.csv': { body: 'id,name\n1,a\n2,b\n' } });
  onTestFinished(() => web.close());
  const id = await connect({ sourceShortName: 'files', config: { url: `${web.origin}/people.csv` } });
  // As if the thread had ended between the last checkpoint and the end: the row cannot be moved, and then the lease is lost.
  open.control.native.exec(
    `create trigger no_end before update on sync_job when new.status in ('SUCCEEDED', 'FAILED') begin select raise(abort, 'lost'); end`,
  );
  await expect(perform(id)).rejects.toThrow('lost');
  open.control.native.exec('drop trigger no_end');
  await giveUpOn(open.gateway, id);
  web.files.clear();
  const asked = web.requests.length;
  expect(await perform(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2, recordsRead: 2, recordsInserted: 2 });
  expect(web.requests).toHaveLength(asked);
});

test('whoever hears that a job has FAILED finds the reason in its log', async () => {
  const id = await connect({ sourceShortName: 'files', config: { path: 'nowhere.csv' } });
  let found: unknown[] = [];
  open.gateway.events.watch(['sync-job-transitions'], () => {
    const status = open.control.native.prepare('select status from sync_job where id = ?').pluck().get(id);
    if (status === 'FAILED' && found.length === 0) found = linesOf(id);
  });
  const { failure } = await perform(id);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(found.at(-1)).toEqual({ level: 'ERROR', message: failure?.message });
});

test('a worker told to leave before it began releases the job at once', async () => {
  const id = await connect({ config: { count: 100_000, recordsPerSecond: 100 } });
  expect(await perform(id, AbortSignal.abort('shutdown'))).toMatchObject({ status: 'WAITING', waitReason: 'RELEASED', attempt: 1 });
  expect(await perform(id, AbortSignal.abort('shutdown'))).toMatchObject({
    status: 'WAITING',
    waitReason: 'RELEASED',
    attempt: 1,
    startedAt: expect.any(Date),
  });
});

test('streams that are discovered by a job are saved once, also when its first worker was lost over it', async () => {
  const id = await connect({ config: { count: 10 } });
  await claimSyncJob(open.worker, id);
  await giveUpOn(open.gateway, id);
  expect(await perform(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
  expect(open.control.native.prepare('select name from configured_stream order by position').pluck().all()).toEqual(['users', 'products', 'orders']);
});
