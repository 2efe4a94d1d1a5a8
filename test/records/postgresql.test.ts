import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPostgresRecordStore } from '../../src/records/postgresql.ts';
import { createSqliteRecordStore } from '../../src/records/sqlite.ts';
import { type RecordStore, StorageFullError, StorageUnavailableError, type StreamToWrite } from '../../src/records/store.ts';
import { createPostgresRecords, type PostgresRecords } from '../support/postgres-records.ts';
import { type RecordStores, recordStoreContract } from '../support/record-store-contract.ts';
import { batchOf, collection, jobOf, readAll, record, runJob, streamOf } from '../support/record-store-data.ts';
import { randomJobsTest } from '../support/record-store-random.ts';

let records: PostgresRecords;
beforeAll(async () => {
  records = await createPostgresRecords();
}, 60_000);
afterAll(() => records.drop());

recordStoreContract('PostgreSQL', () => records.createStores());

const orders = streamOf();
const overwrite = streamOf({ syncMode: 'FULL_REFRESH_OVERWRITE' });
const many = (from: number, count: number, value: number | string = 0) =>
  Array.from({ length: count }, (_, at) => record(orders, `${from + at}`, value));
const sweep = (store: RecordStore) => store.sweep(collection, new AbortController().signal);

describe('the PostgreSQL record store', { timeout: 60_000 }, () => {
  let stores: RecordStores & { readonly schema: string };
  beforeEach(async () => {
    stores = await records.createStores();
  });
  afterEach(() => stores.dispose());

  const tables = async () => {
    const sql = `select tablename as name from pg_tables where schemaname = $1 and tablename ~ '^record_\\d+$' order by 1`;
    return (await records.client.query<{ name: string }>(sql, [stores.schema])).rows.map(({ name }) => name);
  };
  const rowsOf = async (table: string) =>
    Number((await records.client.query(`select count(*) as count from "${stores.schema}"."${table}"`)).rows[0]?.count);

  test('the gateway only reads', async () => {
    await expect(stores.reader.openWriter(jobOf('job', [orders]))).rejects.toThrow('only reads');
    await expect(stores.reader.deleteCollection(collection)).rejects.toThrow('only reads');
  });

  test('stores that start at the same moment make the tables once', async () => {
    const schema = `${stores.schema} too`;
    const starting = Array.from({ length: 8 }, () => createPostgresRecordStore({ database: records.connection, schema, role: 'worker' }));
    await Promise.all(
      starting.map((store, index) => runJob(store, jobOf(`${index}`, [orders], { sourceConnectionId: `${index}` }), () => many(1, 2))),
    );
    expect(await readAll(starting[0] as RecordStore)).toHaveLength(16);
    await records.client.query(`update "${schema}".version set version = 99`);
    const older = createPostgresRecordStore({ database: records.connection, schema, role: 'gateway' });
    await expect(readAll(older)).rejects.toThrow('version 99');
    for (const store of [...starting, older]) await store.close();
    await records.client.query(`drop schema "${schema}" cascade`);
  });

  test('big batches count and leave what SQLite does, in shared tables and in tables of their own', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'headgate-records-'));
    const sqlite = createSqliteRecordStore({ directory, role: 'worker' });
    const log = streamOf({ name: 'log', syncMode: 'INCREMENTAL_APPEND', primaryKey: [] });
    const streams = [orders, { ...overwrite, name: 'whole' }, log];
    // Keys that come again in the same statement, in another one of the same batch, and in the next job.
    const jobs = [
      [...many(1, 4_000), ...many(3_500, 1_000), ...many(3_900, 50, 'b')],
      [...many(2_000, 21_000, 'c'), ...many(2_000, 500, 'd'), ...many(21_990, 20, 'c'), ...many(1, 100), ...many(2_000, 500, 'c')],
      [...many(3_000, 100, 'x'), ...many(3_000, 100, 'c')],
      [...many(1, 30_000, 'c'), ...many(5, 5, 'e')],
    ];
    const keyed = (stream: StreamToWrite, batch: ReturnType<typeof many>) =>
      stream === log ? batch.map(({ json }) => ({ key: null, json })) : batch;
    for (const [index, batch] of jobs.entries()) {
      const [ours, theirs] = await Promise.all(
        [stores.store, sqlite].map((store) => runJob(store, jobOf(`${index}`, streams), (stream) => keyed(stream, batch), { state: { index } })),
      );
      expect(ours).toEqual(theirs);
    }
    const jsonIn = async (store: RecordStore, stream: StreamToWrite) => (await readAll(store, { stream }, 5_000)).map(({ json }) => json);
    for (const stream of streams) expect(await jsonIn(stores.reader, stream)).toEqual(await jsonIn(sqlite, stream));
    await sweep(stores.store);
    expect(await tables()).toHaveLength(3);
    await sqlite.close();
    rmSync(directory, { recursive: true });
  });

  describe('with tables of their own for a few records', { timeout: 120_000 }, () => {
    let small: RecordStores;
    beforeEach(async () => {
      small = await records.createStores({ mostSharedRecords: 60 });
    });
    afterEach(() => small.dispose());
    randomJobsTest(5, () => small);
  });

  test('what nobody sees goes: tables by dropping them, rows by deleting them', async () => {
    for (const job of ['1', '2']) {
      await runJob(stores.store, jobOf(job, [overwrite]), () => many(1, 10_001, job));
      await runJob(stores.store, jobOf(job, [overwrite], { sourceConnectionId: 'small' }), () => many(1, 20, job));
    }
    const open = await stores.store.openWriter(jobOf('3', [overwrite]));
    await open.checkpoint([batchOf(overwrite, many(1, 10_002, '3'), { state: { n: 1 } })]);
    expect(await tables()).toHaveLength(3);
    await Promise.all([sweep(stores.store), sweep(stores.store)]);
    expect(await tables()).toHaveLength(2);
    expect(await readAll(stores.reader, {}, 5_000)).toHaveLength(10_021);
    await open.checkpoint([batchOf(overwrite, [], { complete: true })]);
    await sweep(stores.store);
    expect(await tables()).toHaveLength(1);
    expect((await readAll(stores.reader, { sourceConnectionId: 'connection-1' }, 5_000)).at(-1)?.json).toBe(record(orders, '10002', '3').json);
  });

  test('a page is whole while what it reads is replaced and dropped', async () => {
    const small = await records.createStores({ mostSharedRecords: 5 });
    let done = false;
    const replacing = async () => {
      for (let job = 0; job < 40; job += 1) {
        await runJob(small.store, jobOf(`${job}`, [overwrite]), () => many(1, 30, job));
        await sweep(small.store);
      }
      done = true;
    };
    const finished = replacing();
    const seen = new Set<string>();
    while (!done) {
      const page = await small.reader.page({ collection, filter: {}, limit: 50, backwards: false });
      expect([0, 30]).toContain(page.length);
      expect(new Set(page.map(({ json }) => (JSON.parse(json) as { value: number }).value)).size).toBeLessThanOrEqual(1);
      for (const { generation } of page) seen.add(String(generation));
    }
    await finished;
    expect(seen.size).toBeGreaterThan(2);
    await small.dispose();
  });

  test('a sweep leaves what somebody reads for another time', async () => {
    for (const job of ['1', '2']) await runJob(stores.store, jobOf(job, [overwrite]), () => many(1, 10_001, job));
    const [oldest] = await tables();
    await records.client.query(`begin; lock table "${stores.schema}".${oldest} in access share mode`);
    await sweep(stores.store);
    expect(await tables()).toHaveLength(2);
    await records.client.query('commit');
    await sweep(stores.store);
    expect(await tables()).toHaveLength(1);
  });

  test('a deleted collection leaves no row and no table, its neighbour loses nothing, and deleting it again does nothing', async () => {
    const neighbour = { id: 'col_2', number: 8 };
    for (const key of [collection, neighbour]) {
      await runJob(stores.store, jobOf('1', [orders], { collection: key }), () => many(1, 10_001));
      await runJob(stores.store, jobOf('2', [orders], { collection: key, sourceConnectionId: 'small' }), () => many(1, 20));
    }
    await stores.store.deleteCollection(collection);
    await stores.store.deleteCollection(collection);
    expect(await readAll(stores.reader)).toEqual([]);
    expect(await stores.reader.page({ collection: neighbour, filter: {}, limit: 20_000, backwards: false })).toHaveLength(10_021);
    await stores.store.deleteCollection(neighbour);
    expect(await tables()).toEqual([]);
    const shared = Array.from({ length: 16 }, (_, number) => `record_shared_${number}`);
    for (const table of ['collection', 'writer', 'stream', 'generation', ...shared]) expect([table, await rowsOf(table)]).toEqual([table, 0]);
  });

  test('a full disk is told apart, nothing is half written, and the same checkpoint succeeds with room', async () => {
    const writer = await stores.store.openWriter(jobOf('job', [orders]));
    await records.client.query(`create function "${stores.schema}".full() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file: canary' using errcode = 'disk_full'; end $$;
      create trigger full_disk before update on "${stores.schema}".stream execute function "${stores.schema}".full()`);
    const batch = batchOf(orders, many(1, 20_000), { state: { n: 1 } });
    await expect(writer.checkpoint([batch])).rejects.toBeInstanceOf(StorageFullError);
    expect(await readAll(stores.reader)).toEqual([]);
    await records.client.query(`drop trigger full_disk on "${stores.schema}".stream`);
    expect(await writer.checkpoint([batch])).toMatchObject({ sequence: 1, counters: { inserted: 20_000 } });
  });

  test('an error that PostgreSQL tells quotes no record', async () => {
    const writer = await stores.store.openWriter(jobOf('job', [orders]));
    const nul = writer.checkpoint([batchOf(orders, [{ key: ['1'], json: '{"secret":"canary\0"}' }])]);
    const error = await nul.catch((each: unknown) => each);
    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify({ ...(error as Error), message: String(error), cause: String((error as Error).cause) })).not.toContain('canary');
    expect(await writer.checkpoint([batchOf(orders, many(1, 1))])).toMatchObject({ sequence: 1 });
  });

  test('a lost connection fails the call, and the next one gets another', async () => {
    const pool = new Pool({ ...records.connection, max: 2, application_name: `lost ${stores.schema}` });
    pool.on('error', () => {});
    const store = createPostgresRecordStore({ database: pool, schema: stores.schema, role: 'worker' });
    const writer = await store.openWriter(jobOf('job', [orders]));
    const cut = () =>
      records.client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [`lost ${stores.schema}`]);
    const checkpoint = writer.checkpoint([batchOf(orders, many(1, 50_000), { state: { n: 1 } })]).catch((error: unknown) => error);
    for (let cuts = 0; cuts === 0; ) cuts = (await cut()).rowCount ?? 0;
    const outcome = await checkpoint;
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(StorageUnavailableError);
    const progress = (await store.openWriter(jobOf('job', [orders]))).progress;
    expect(progress.streams[0]?.state).toEqual(outcome instanceof Error ? null : { n: 1 });
    await store.close();
    expect(pool.ended).toBe(false);
    await pool.end();
    const nowhere = createPostgresRecordStore({ database: { ...records.connection, port: 1 }, role: 'gateway' });
    await expect(readAll(nowhere)).rejects.toBeInstanceOf(StorageUnavailableError);
    await nowhere.close();
  });

  test('a worker that was stopped while it sent a checkpoint is taken over', async () => {
    const old = await stores.store.openWriter(jobOf('job', [orders]));
    await old.checkpoint([batchOf(orders, many(1, 3), { state: { n: 1 } })]);
    const stopped = new Client(records.connection);
    stopped.on('error', () => {});
    const ended = new Promise<void>((resolve) => stopped.once('end', resolve));
    await stopped.connect();
    await stopped.query(`begin; update "${stores.schema}".writer set sequence = sequence + 1`);
    // The head of a message of which the rest never comes: the server waits for it whatever its timeouts are.
    const { stream } = (stopped as unknown as { connection: { stream: NodeJS.WritableStream } }).connection;
    stream.write(Buffer.from([...Buffer.from('Q'), 0, 1, 0, 0, 1]));
    const young = await stores.store.openWriter(jobOf('job', [orders]));
    expect(young.progress.streams[0]).toMatchObject({ state: { n: 1 }, recordCount: 3 });
    await ended;
  });
});
