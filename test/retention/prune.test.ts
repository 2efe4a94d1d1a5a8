import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordAudit } from '../../src/audit/record.ts';
import { createCollection } from '../../src/collection/create.ts';
import { deleteCollection } from '../../src/collection/delete.ts';
import { createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { advanceDelete, deleteSourceConnection } from '../../src/connection-lifecycle/delete.ts';
import { type AgingTable, pruneBatch, pruneOldest } from '../../src/db/prune-oldest.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { prune } from '../../src/retention/prune.ts';
import { followStatus } from '../../src/source-connection/follow-status.ts';
import { pauseSourceConnection } from '../../src/source-connection/pause.ts';
import { resumeSourceConnection } from '../../src/source-connection/resume.ts';
import { testSourceConnection } from '../../src/source-connection/test.ts';
import { getSyncJob } from '../../src/sync-job/read.ts';
import { runSync } from '../../src/sync-job/run.ts';
import { startSync } from '../../src/sync-job/start.ts';
import { createWebhook } from '../../src/webhook/create.ts';
import { type OpenServices, openServices } from '../support/services.ts';
import { explain, recordingTo, type Statement } from '../support/statements.ts';

let open: OpenServices;
beforeEach(async () => {
  open = await openServices({
    env: { HEADGATE_RETENTION_DAYS: '90', HEADGATE_LOG_RETENTION_DAYS: '30', HEADGATE_AUDIT_RETENTION_DAYS: '365' },
  });
});
afterEach(async () => {
  expect(open.control.native.pragma('foreign_key_check')).toEqual([]);
  await open.close();
});

const dayMs = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;
/** Prunes as if so many days had passed. */
const pruneAfter = (days: number) => prune(open.worker, never, new Date(Date.now() + days * dayMs));
const count = (table: string, where = 'true') => open.control.native.prepare(`select count(*) from ${table} where ${where}`).pluck().get() as number;
const connect = async (input: object = {}) => {
  const { sourceConnection } = await createSourceConnection(open.ctx, {
    name: 'Fake data',
    sourceShortName: 'faker',
    config: { count: 10 },
    runSetupTests: false,
    syncImmediately: false,
    ...input,
  });
  return sourceConnection;
};
const start = async (id: string) => (await startSync(open.ctx, { id, mode: 'INCREMENTAL', ifRunning: 'REJECT' })).syncJob.id;
const sync = async (id: string) => {
  const jobId = await start(id);
  await runSync(open.worker, jobId, never);
  expect(await getSyncJob(open.ctx, jobId)).toMatchObject({ status: 'SUCCEEDED' });
  return jobId;
};
const rowOf = (id: string) => open.control.native.prepare('select * from source_connection where id = ?').get(id) as Record<string, unknown>;

test('jobs that ended long ago go with all that is theirs; the latest of a source connection, and one that has not ended, stay', async () => {
  const [busy, quiet] = [await connect(), await connect()];
  const [first, second] = [await sync(busy.id), await sync(busy.id)];
  const active = await start(busy.id);
  const latest = await sync(quiet.id);
  const before = [rowOf(busy.id), rowOf(quiet.id)];
  expect(await pruneAfter(89)).toMatchObject({ rows: { 'log lines': expect.any(Number) }, more: false });
  expect(count('sync_job')).toBe(4);

  const { rows } = await pruneAfter(91);
  expect(rows['sync jobs']).toBe(2 + 6);
  expect(count('sync_job', `id in ('${first}', '${second}')`)).toBe(0);
  expect(count('sync_job_transition', `sync_job_id in ('${first}', '${second}')`)).toBe(0);
  expect(count('sync_job_transition', `sync_job_id = '${active}'`)).toBe(1);
  expect(count('sync_job_transition', `sync_job_id = '${latest}'`)).toBe(3);
  expect([rowOf(busy.id), rowOf(quiet.id)]).toEqual(before);
  expect((await pruneAfter(91)).rows).toEqual({});
});

test('a log goes before its job, whole, and the job says so to whoever comes with a cursor of it', async () => {
  const { id } = await connect();
  const jobId = await sync(id);
  const last = open.control.native.prepare('select max(cursor) from sync_job_log where sync_job_id = ?').pluck().get(jobId);
  const { version } = await getSyncJob(open.ctx, jobId);
  await pruneAfter(29);
  expect(count('sync_job_log')).toBeGreaterThan(0);
  await pruneAfter(31);
  expect(count('sync_job_log')).toBe(0);
  expect(await getSyncJob(open.ctx, jobId)).toMatchObject({ version, logPrunedTo: last, logPruned: true });
});

test('a long log goes in small steps', async () => {
  const { id } = await connect();
  const jobId = await sync(id);
  const { organization_id, collection_id } = rowOf(id);
  const insert = open.control.native.prepare(
    `insert into sync_job_log (sync_job_id, sequence, at, level, message, organization_id, collection_id) values (?, ?, ?, 'INFO', 'A line.', ?, ?)`,
  );
  open.control.native.exec('begin');
  for (let line = 100; line < 1_100; line++) insert.run(jobId, line, Date.now(), organization_id, collection_id);
  open.control.native.exec('commit');
  const stop = new AbortController();
  stop.abort();
  const all = count('sync_job_log');
  expect(await prune(open.worker, stop.signal, new Date(Date.now() + 31 * dayMs))).toEqual({ rows: { 'log lines': 250 }, more: true });
  expect(count('sync_job_log')).toBe(all - 250);
  expect(await getSyncJob(open.ctx, jobId)).toMatchObject({ logPruned: false });
  await pruneAfter(31);
  expect(count('sync_job_log')).toBe(0);
});

test('tests that no source connection shows go, and changes of status, audit entries and idempotency keys at their age', async () => {
  const { id } = await connect();
  await testSourceConnection(open.ctx, id);
  const { test: shown } = await testSourceConnection(open.ctx, id);
  await startSync(open.ctx, { id, mode: 'INCREMENTAL', ifRunning: 'REJECT', idempotencyKey: 'once' });
  const { organizationId, actor } = open.ctx;
  await inTransaction(open.gateway, (tx) => recordAudit(tx, { organizationId, actor, operation: 'keys create', objectId: null, outcome: 'SUCCESS' }));
  expect((await pruneAfter(0.9)).rows).toEqual({});
  expect((await pruneAfter(1.1)).rows).toEqual({ 'idempotency keys': 1 });
  expect((await pruneAfter(91)).rows).toEqual({ 'changes of status': count('pruned_log') === 0 ? 0 : expect.any(Number), 'connection tests': 1 });
  expect(open.control.native.prepare('select id from connection_test').pluck().all()).toEqual([shown.id]);
  expect(count('source_connection_status_change')).toBe(0);
  expect((await pruneAfter(364)).rows).toEqual({});
  expect((await pruneAfter(366)).rows).toEqual({ 'audit entries': 1 });
});

test('a deleted source connection goes with everything that is its own, once its records are gone', async () => {
  const { webhook } = await createWebhook(open.ctx, { url: new URL('https://hooks.invalid/'), events: ['SOURCE_CONNECTION_STATUS'] });
  const collection = await createCollection(open.ctx, { name: 'Shop' });
  const [kept, gone] = [await connect({ collection: { id: collection.id } }), await connect({ collection: { id: collection.id } })];
  for (const { id } of [kept, gone]) {
    await sync(id);
    await sync(id);
    await testSourceConnection(open.ctx, id);
  }
  await deleteSourceConnection(open.ctx, { id: kept.id, deleteData: false });
  const { syncJob } = await deleteSourceConnection(open.ctx, { id: gone.id, deleteData: true });
  await runSync(open.worker, syncJob?.id ?? '', never);
  await inTransaction(open.gateway, (tx) => advanceDelete(tx, gone.id, open.ctx.actor));
  expect(rowOf(gone.id)).toMatchObject({ status: 'DELETED' });

  expect((await pruneAfter(89)).rows).not.toHaveProperty('deleted source connections');
  expect((await pruneAfter(91)).rows).toHaveProperty('deleted source connections');
  expect(open.control.native.prepare('select id from source_connection').pluck().all()).toEqual([kept.id]);
  for (const table of ['sync_job', 'sync_job_transition', 'configured_stream', 'connection_test', 'source_connection_status_change'])
    expect([table, count(table, `source_connection_id = '${gone.id}'`)]).toEqual([table, 0]);

  await deleteCollection(open.ctx, collection.id);
  await pruneAfter(91);
  expect(count('source_connection')).toBe(0);
  // Its number is the greatest: the next one is counted from it.
  expect(count('collection')).toBe(1);
  expect((await createCollection(open.ctx, { name: 'Next' })).number).toBe(collection.number + 1);
  expect((await pruneAfter(91)).rows).toEqual({ 'deleted collections': 1 });
  // What webhooks were told of it has gone by then, at its own age.
  expect([count('webhook_delivery'), count('webhook_lane'), count('webhook', `id = '${webhook.id}'`)]).toEqual([0, 0, 1]);
});

test('whoever follows statuses and reads on when those not read yet have gone is told so, and whoever was up to date goes on', async () => {
  const { id } = await connect();
  const [slow, prompt] = [await followStatus(open.ctx, {}), await followStatus(open.ctx, {})];
  await pauseSourceConnection(open.ctx, id);
  expect((await prompt.next()).value).toMatchObject({ status: 'PAUSED' });
  await pruneAfter(91);
  await expect(slow.next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  await resumeSourceConnection(open.ctx, id);
  expect((await prompt.next()).value).toMatchObject({ status: 'UNVERIFIED' });
  await prompt.return?.();
});

test('a batch whose transaction lost a race is deleted from the same place again', async () => {
  const { organizationId, actor } = open.ctx;
  const entry = { organizationId, actor, operation: 'keys create', objectId: null, outcome: 'SUCCESS' } as const;
  await inTransaction(open.gateway, async (tx) => {
    for (let number = 0; number <= pruneBatch; number++) await recordAudit(tx, entry);
  });
  const raced = { ...open.gateway, engine: { ...open.gateway.engine, hasLostRace: () => true } };
  const batches: number[] = [];
  const remove: AgingTable['remove'] = async (_tx, keys) => {
    batches.push(keys.length);
    if (batches.length === 1) throw new Error('another transaction was faster');
    return keys.length;
  };
  for await (const _count of pruneOldest(raced, { name: 'audit_entry', key: 'cursor', at: 'at', remove }, new Date(Date.now() + dayMs)));
  expect(batches).toEqual([pruneBatch, pruneBatch, 1]);
});

test('two that prune at once delete each row once, while others write', async () => {
  const { id } = await connect();
  const jobId = await sync(id);
  const native = open.control.native;
  const columns = native.prepare("select name from pragma_table_info('sync_job') where name <> 'id'").pluck().all().join(', ');
  native.exec('begin');
  for (let n = 0; n < 600; n++) {
    native.prepare(`insert into sync_job (id, ${columns}) select 'job_old' || ${n}, ${columns} from sync_job where id = ?`).run(jobId);
    native
      .prepare(
        `insert into sync_job_transition (id, organization_id, collection_id, source_connection_id, sync_job_id, sequence, to_status, occurred_at, actor, attempt)
         select id || '${n}', organization_id, collection_id, source_connection_id, 'job_old' || ${n}, sequence, to_status, occurred_at, actor, attempt
         from sync_job_transition where sync_job_id = ?`,
      )
      .run(jobId);
  }
  native.exec('commit');
  let writes = 0;
  let done = false;
  const writing = (async () => {
    while (!done) {
      await createCollection(open.ctx, { name: `Neighbour ${writes++}` });
      await nextTurn();
    }
  })();
  const late = new Date(Date.now() + 91 * dayMs);
  const [a, b] = await Promise.all([prune(open.gateway, never, late), prune(open.gateway, never, late)]);
  done = true;
  await writing;
  expect((a.rows['sync jobs'] ?? 0) + (b.rows['sync jobs'] ?? 0)).toBe(600 * 4);
  expect(native.prepare('select id from sync_job').pluck().all()).toEqual([jobId]);
  expect(count('collection')).toBe(writes + 1);
});

test('what is due is found without looking at what is not', async () => {
  const { id } = await connect();
  await sync(id);
  await sync(id);
  const statements: Statement[] = [];
  const db = (open.worker.db as unknown as { withPlugin(plugin: object): typeof open.worker.db }).withPlugin(recordingTo(statements));
  const em = open.worker.em;
  await prune({ ...open.worker, db, em }, never, new Date(Date.now() + 400 * dayMs));
  expect(statements.length).toBeGreaterThan(3);
  for (const statement of statements) {
    const plan = explain(open.control.native, statement);
    expect(plan.filter((step) => /^SCAN (sync_job|source_connection|collection)\b(?!.*USING INDEX)|TEMP B-TREE/.test(step))).toEqual([]);
  }
});
