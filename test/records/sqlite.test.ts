import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFile, type RecordFile } from '../../src/records/sqlite/file.ts';
import { openFiles } from '../../src/records/sqlite/files.ts';
import { writing } from '../../src/records/sqlite/lock.ts';
import { readPage } from '../../src/records/sqlite/reader.ts';
import { openSqliteWriter } from '../../src/records/sqlite/writer.ts';
import { createSqliteRecordStore } from '../../src/records/sqlite.ts';
import { StorageFullError } from '../../src/records/store.ts';
import { recordStoreContract } from '../support/record-store-contract.ts';
import { batchOf, collection, jobOf, jsonOf, readAll, record, runJob, streamOf } from '../support/record-store-data.ts';

function createStores() {
  const directory = mkdtempSync(join(tmpdir(), 'headgate-records-'));
  const store = createSqliteRecordStore({ directory, role: 'worker' });
  const reader = createSqliteRecordStore({ directory, role: 'gateway' });
  const dispose = async () => {
    await reader.close();
    await store.close();
    rmSync(directory, { recursive: true });
  };
  return { directory, path: join(directory, `${collection.id}.db`), store, reader, dispose };
}

recordStoreContract('SQLite', async () => createStores());

describe('the SQLite record store', { timeout: 60_000 }, () => {
  let stores: ReturnType<typeof createStores>;
  beforeEach(() => {
    stores = createStores();
  });
  afterEach(() => stores.dispose());

  const orders = streamOf();
  const records = (from: number, count: number) => Array.from({ length: count }, (_, at) => record(orders, `${from + at}`, 'x'.repeat(300)));

  test('the gateway makes no file and writes none', async () => {
    expect(await readAll(stores.reader)).toEqual([]);
    await stores.store.sweep(collection, new AbortController().signal);
    expect(readdirSync(stores.directory)).toEqual([]);
    await expect(stores.reader.openWriter(jobOf('job', [orders]))).rejects.toThrow('only reads');
    await expect(stores.reader.deleteCollection(collection)).rejects.toThrow('only reads');
  });

  test('a deleted collection has no records and no file, and readers notice', async () => {
    await runJob(stores.store, jobOf('job', [orders]), () => records(1, 3));
    expect(await readAll(stores.reader)).toHaveLength(3);
    await stores.store.deleteCollection(collection);
    expect(await readAll(stores.reader)).toEqual([]);
    expect(existsSync(stores.path)).toBe(false);
  });

  test('a full disk is told apart, nothing is half written, reading goes on, and the same checkpoint succeeds with room', async () => {
    const { file, release } = openFiles(stores.directory, 'worker', 1).hold(collection);
    await runJob(stores.store, jobOf('before', [orders]), () => records(1, 10));
    const files = { ...openFiles(stores.directory, 'worker', 1), hold: () => ({ file, release }) };
    const writer = await openSqliteWriter(files, jobOf('job', [orders]));
    const before = await readAll(stores.reader);
    file.db.pragma(`max_page_count = ${Number(file.db.pragma('page_count', { simple: true })) + 20}`);
    const big = batchOf(orders, records(5, 5_000), { state: { n: 1 } });
    await expect(writer.checkpoint([big])).rejects.toBeInstanceOf(StorageFullError);
    expect(await readAll(stores.reader)).toEqual(before);
    file.db.pragma('max_page_count = 1000000');
    const progress = await writer.checkpoint([big]);
    expect(progress).toMatchObject({ sequence: 1, counters: { read: 5_000, inserted: 4_994, unchanged: 6 } });
    expect(file.db.pragma('integrity_check', { simple: true })).toBe('ok');
    file.close();
  });

  test('a writer waits for another one without stopping its event loop for good', async () => {
    const file = openFile(stores.path, 'worker') as RecordFile;
    file.db.pragma('busy_timeout = 5');
    const other = new Database(stores.path);
    other.exec('begin immediate');
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks === 5) other.exec('commit');
    }, 5);
    await writing(file, () => undefined);
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(5);
    other.close();
    file.close();
  });

  test('a sweep deletes only what nobody sees, and goes on where it was stopped', async () => {
    const overwrite = streamOf({ syncMode: 'FULL_REFRESH_OVERWRITE' });
    for (const job of ['1', '2']) await runJob(stores.store, jobOf(job, [overwrite]), () => records(1, 6_000));
    const open = await stores.store.openWriter(jobOf('3', [overwrite]));
    await open.checkpoint([batchOf(overwrite, records(1, 10), { state: { n: 1 } })]);
    const db = new Database(stores.path, { readonly: true });
    const tables = () =>
      db.prepare<[], { name: string }>(`select name from sqlite_schema where type = 'table' and name like 'record@_%' escape '@'`).all();
    const oldest = tables()[0]?.name;
    const stop = new AbortController();
    const sweeping = stores.store.sweep(collection, stop.signal);
    const left = () => db.prepare<[], { count: number }>(`select count(*) as count from ${oldest}`).get()?.count;
    while (left() === 6_000) await sleep(1);
    stop.abort();
    await sweeping;
    expect([4_000, 2_000]).toContain(left());
    await stores.store.sweep(collection, new AbortController().signal);
    expect(tables()).toHaveLength(2);
    expect(await readAll(stores.reader, {}, 1_000)).toHaveLength(6_000);
    const done = await open.checkpoint([batchOf(overwrite, [], { complete: true })]);
    expect(done.streams[0]?.recordCount).toBe(10);
    db.close();
  });

  test('no page scans or sorts more than the list of streams', async () => {
    const streams = [orders, streamOf({ name: 'other' })];
    await runJob(stores.store, jobOf('job', streams), () => records(1, 100));
    const file = openFile(stores.path, 'gateway') as RecordFile;
    const plans: string[] = [];
    const spying: RecordFile = {
      ...file,
      statement<Row>(sql: string) {
        plans.push(
          ...file.db
            .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
            .all(...(sql.match(/\?/g) ?? []).map(() => 1))
            .map((row) => row.detail),
        );
        return file.statement<Row>(sql);
      },
    };
    const edge = { generation: 1, row: 1 };
    for (const filter of [{}, { sourceConnectionId: 'connection-1' }, { stream: orders }, { sourceConnectionId: 'connection-1', stream: orders }]) {
      for (const backwards of [false, true]) readPage(spying, { collection, filter, limit: 150, backwards, ...(backwards ? {} : { after: edge }) });
    }
    expect(plans.length).toBeGreaterThan(20);
    for (const plan of plans)
      expect(plan).toMatch(/^SEARCH (s USING INDEX stream_visible|g USING INTEGER PRIMARY KEY|record_\d+ USING INTEGER PRIMARY KEY)/);
    file.close();
  });

  test('more collections than may be open at once are all read and written', async () => {
    const files = openFiles(stores.directory, 'worker', 2);
    const held = files.hold(collection);
    for (let number = 1; number <= 5; number += 1) files.hold({ id: `other_${number}`, number }).release();
    expect(held.file.db.open).toBe(true);
    held.release();
    files.hold({ id: 'other_6', number: 6 }).release();
    files.hold({ id: 'other_7', number: 7 }).release();
    expect(held.file.db.open).toBe(false);
    files.close();
    expect(await jsonOf(stores.reader)).toEqual([]);
  });

  test('a collection id that leaves the directory is refused', async () => {
    await expect(stores.store.page({ collection: { id: '../x', number: 1 }, filter: {}, limit: 1, backwards: false })).rejects.toThrow('file name');
  });
});
