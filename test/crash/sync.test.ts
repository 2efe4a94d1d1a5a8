import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fakeRecords } from '../support/fake-records.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { startPostgres } from '../support/postgres.ts';
import { seeded } from '../support/seeded.ts';
import { type AnyRecord, connect, endOf, type Job, jobWhere, pathOf, readJob, recordsOf, run } from '../support/sync-jobs.ts';

const random = seeded(20261122);
const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
const filesRoot = mkdtempSync(join(tmpdir(), 'headgate-crash-files-'));
const rows = Array.from({ length: 40_000 }, (_, index) => ({ id: String(index), name: `Name ${index}`, note: 'x'.repeat(40) }));

let gateway: Gateway | undefined;
beforeAll(() => {
  writeFileSync(join(filesRoot, 'people.csv'), ['id,name,note', ...rows.map(({ id, name, note }) => `${id},${name},${note}`)].join('\n'));
});
afterEach(async () => {
  await gateway?.cleanUp();
});
afterAll(() => rmSync(filesRoot, { recursive: true }));

const open = async (dataDir?: string) => {
  gateway = await startGateway({ env: { ...env, HEADGATE_FILES_ROOT: filesRoot }, ...(dataDir ? { dataDir } : {}) });
  return gateway;
};
const inOrder = (records: readonly AnyRecord[]) => records.map((record) => JSON.stringify(record, Object.keys(record).sort())).sort();

/** Every database of the data folder is whole. The gateway must not be running. */
function expectWhole(dataDir: string): void {
  const records = join(dataDir, 'records');
  const files = [join(dataDir, 'headgate.db'), ...readdirSync(records).map((name) => join(records, name))].filter((name) => name.endsWith('.db'));
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    const database = new Database(file, { readonly: true });
    expect([file, database.pragma('integrity_check', { simple: true })]).toEqual([file, 'ok']);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    database.close();
  }
}

/**
 * Ends the process as a power cut does, `times` times at random moments when all the jobs have got further since the last time, and starts it again
 * on the same folder. @returns also under which jobs it was ended, and how often
 */
async function killDuring(first: Gateway, jobIds: readonly string[], times: number): Promise<{ after: Gateway; kills: Map<string, number> }> {
  const kills = new Map<string, number>();
  const committed = new Map<string, number>();
  let current = first;
  for (let kill = 0; kill < times; kill++) {
    const gotFurther = ({ id, status, recordsRead }: Job) =>
      status === 'SUCCEEDED' || (status === 'RUNNING' && recordsRead > (committed.get(id) ?? 0));
    for (const jobId of jobIds) await jobWhere(current, jobId, gotFurther);
    await sleep(random(450));
    await current.kill();
    const database = new Database(join(current.dataDir, 'headgate.db'), { readonly: true });
    const underWay = database.prepare("select id, records_read from sync_job where status = 'RUNNING'").all() as {
      id: string;
      records_read: number;
    }[];
    database.close();
    for (const { id, records_read } of underWay) {
      kills.set(id, (kills.get(id) ?? 0) + 1);
      committed.set(id, records_read);
    }
    current = await open(current.dataDir);
  }
  return { after: current, kills };
}

const modes = ['INCREMENTAL_DEDUPED', 'INCREMENTAL_APPEND', 'FULL_REFRESH_OVERWRITE', 'FULL_REFRESH_APPEND'] as const;

describe('a sync that is killed goes on by itself when the gateway starts again', () => {
  test('in every mode at once, killed three times', async () => {
    const count = 9_000;
    const first = await open();
    const connections = await Promise.all(
      modes.map((syncMode) => {
        const streams = [
          { name: 'orders', syncMode },
          { name: 'users', syncMode },
        ];
        // Slow enough for none to end before the last kill.
        return connect(first, { name: `Orders ${syncMode}`, config: { count, recordsPerSecond: 1_500 }, streams });
      }),
    );
    for (const { id } of connections) {
      const acknowledged = await mutate(first, 'updateSourceConnection', { id, description: 'said before the crash' });
      expect(acknowledged.__typename).toBe('UpdateSourceConnectionPayload');
    }
    const jobIds = await Promise.all(connections.map(({ id }) => run(first, id)));
    const { after, kills } = await killDuring(first, jobIds, 3);

    const expected = ['orders', 'users'].flatMap((stream) => fakeRecords(stream, count));
    for (const [index, { id, collectionId }] of connections.entries()) {
      const job = await endOf(after, jobIds[index] ?? '');
      const killed = kills.get(job.id) ?? 0;
      expect(killed).toBeGreaterThan(1);
      expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 1 + killed, failure: null });
      expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', ...Array(killed).fill(['WAITING', 'RUNNING']).flat(), 'SUCCEEDED']);
      expect(job.transitions.filter(({ to }) => to === 'WAITING').every(({ reason }) => reason === 'its worker was lost')).toBe(true);
      expect(job.sourceConnection).toMatchObject({ status: 'ACTIVE', statusReason: null, activeSyncJob: null });

      expect(inOrder(await recordsOf(after, collectionId))).toEqual(inOrder(expected));
      expect(job.sourceConnection.recordCount).toBe(expected.length);
      expect(job.recordsRead).toBe(job.recordsInserted + job.recordsUpdated + job.recordsUnchanged);
      expect(job).toMatchObject({ recordsInserted: expected.length, recordsUpdated: 0, recordsDeleted: 0 });
      expect(job.streams.map(({ status }) => status)).toEqual(['COMPLETE', 'COMPLETE']);
      const { sourceConnection } = await after.query('query ($id: ID!) { sourceConnection(id: $id) { description } }', { id });
      expect(sourceConnection.description).toBe('said before the crash');
    }
    expect(await after.stop()).toBe(0);
    expectWhole(after.dataDir);
  }, 180_000);

  test('a CSV file, killed twice', async () => {
    const first = await open();
    const connection = await connect(first, { name: 'People', sourceShortName: 'files', config: { path: 'people.csv' } });
    const jobId = await run(first, connection.id);
    let current = first;
    for (let kill = 0; kill < 2; kill++) {
      await sleep(random(250));
      await current.kill();
      current = await open(current.dataDir);
    }
    const job = await endOf(current, jobId);
    expect(job).toMatchObject({ status: 'SUCCEEDED', recordsInserted: rows.length });
    pathOf(job);
    const stored = await recordsOf(current, connection.collectionId);
    expect(stored.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name).sort());
    expect(await current.stop()).toBe(0);
    expectWhole(current.dataDir);
  }, 120_000);

  test('a table of a PostgreSQL, killed twice', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const database = await postgres.createDatabase();
    onTestFinished(() => database.drop());
    const count = 150_000;
    await database.client.query(`create table item as select gen_random_uuid() as id, 'Item ' || n as name, n as seen from generate_series(1, ${count}) n;
      alter table item add primary key (id)`);
    const { host, port, user: username, password } = postgres;
    const credentials = { host, port, database: database.database, username, password };
    const streams = [{ name: 'item', namespace: 'public', syncMode: 'INCREMENTAL_APPEND', cursorField: ['seen'] }];
    const first = await open();
    const connection = await connect(first, { name: 'Items', sourceShortName: 'postgresql', credentials, streams });
    const jobId = await run(first, connection.id);
    let current = first;
    for (let kill = 0; kill < 2; kill++) {
      await sleep(100 + random(400));
      await current.kill();
      current = await open(current.dataDir);
    }
    const job = await endOf(current, jobId, 60_000);
    expect(job).toMatchObject({ status: 'SUCCEEDED', recordsInserted: count, sourceConnection: { recordCount: count } });
    pathOf(job);
    expect(await current.stop()).toBe(0);
    expectWhole(current.dataDir);
    const [file = ''] = readdirSync(join(current.dataDir, 'records')).filter((name) => name.endsWith('.db'));
    const stored = new Database(join(current.dataDir, 'records', file), { readonly: true });
    const generation = stored.prepare('select visible from stream').pluck().get();
    const seen = stored.prepare(`select count(*), count(distinct data ->> 'seen'), sum(data ->> 'seen') from record_${generation}`).raw().get();
    stored.close();
    expect(seen).toEqual([count, count, (count * (count + 1)) / 2]);
  }, 180_000);

  test('a cancel that was acknowledged is kept', async () => {
    const first = await open();
    const connection = await connect(first, { name: 'Slow orders', config: { count: 100_000, recordsPerSecond: 1_000 } });
    const jobId = await run(first, connection.id);
    await jobWhere(first, jobId, ({ status, recordsRead }) => status === 'RUNNING' && recordsRead > 0);
    const answer = await mutate(first, 'cancelSyncJob', { id: jobId });
    await first.kill();
    expect(answer['syncJob'].status).toBe('CANCELLING');

    const after = await open(first.dataDir);
    const job = await endOf(after, jobId, 10_000);
    expect(job.status).toBe('CANCELLED');
    expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);
    expect(job.sourceConnection.activeSyncJob).toBeNull();
    expect(job.sourceConnection.status).not.toBe('SYNCING');
  });
});

test('a gateway that is asked to leave releases its job, which then goes on without another attempt', async () => {
  const count = 15_000;
  const first = await open();
  const connection = await connect(first, { name: 'Many orders', config: { count, recordsPerSecond: 5_000 }, streams: [{ name: 'orders' }] });
  const jobId = await run(first, connection.id);
  await jobWhere(first, jobId, ({ recordsRead }) => recordsRead > 1_000);
  const startedAt = Date.now();
  expect(await first.stop()).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(15_000);

  const database = new Database(join(first.dataDir, 'headgate.db'), { readonly: true });
  expect(database.prepare('select status, wait_reason from sync_job').all()).toEqual([{ status: 'WAITING', wait_reason: 'RELEASED' }]);
  database.close();
  const after = await open(first.dataDir);
  const job = await endOf(after, jobId);
  expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 1, recordsInserted: count, recordsRead: count });
  expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', 'WAITING', 'RUNNING', 'SUCCEEDED']);
  expect(await readJob(after, jobId)).toMatchObject({ sourceConnection: { status: 'ACTIVE', recordCount: count } });
}, 60_000);
