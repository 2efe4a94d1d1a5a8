import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresRecords, type PostgresRecords } from '../support/postgres-records.ts';
import type { RecordStores } from '../support/record-store-contract.ts';
import { readAll, streamOf } from '../support/record-store-data.ts';
import { page, pages, sourceModes } from './sqlite-source.ts';

let records: PostgresRecords;
beforeAll(async () => {
  records = await createPostgresRecords();
}, 60_000);
afterAll(() => records.drop());

function startWriter(schema: string) {
  const { host, port, user, password, database } = records.connection;
  const env = { ...process.env, PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: String(password), PGDATABASE: database };
  const path = join(import.meta.dirname, 'postgresql-writer-process.ts');
  const child = spawn(process.execPath, [path, schema], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let complaints = '';
  child.stderr.on('data', (chunk) => {
    complaints += String(chunk);
  });
  return { child, exited: once(child, 'exit') as Promise<[number | null, string | null]>, complaints: () => complaints };
}

async function expectWhole({ reader }: RecordStores): Promise<void> {
  for (const [name, over] of sourceModes) {
    const stream = streamOf({ name, ...over });
    const source = Array.from({ length: pages }, (_, number) => page(stream, number)).flat();
    expect((await readAll(reader, { stream }, 5_000)).map(({ json }) => json)).toEqual(source.map(({ json }) => json));
  }
}

test('workers killed at any moment leave the next ones what they need to finish what the source has, once', async () => {
  let killed = 0;
  for (const round of [0, 1]) {
    const stores = await records.createStores();
    for (let seed = 0; seed < 3; seed += 1) {
      const { child, exited } = startWriter(stores.schema);
      await once(child.stdout, 'data');
      child.stdout.resume();
      await sleep(((round * 3 + seed) * 37) % 150);
      child.kill('SIGKILL');
      if ((await exited)[1] === 'SIGKILL') killed += 1;
    }
    const { child, exited, complaints } = startWriter(stores.schema);
    child.stdout.resume();
    expect([await exited, complaints()]).toEqual([[0, null], '']);
    await expectWhole(stores);
    await stores.dispose();
  }
  expect(killed).toBeGreaterThan(2);
}, 120_000);

test('a worker that is stopped, overtaken and continued writes nothing any more', async () => {
  for (const delay of [0, 15]) {
    const stores = await records.createStores();
    const old = startWriter(stores.schema);
    await once(old.child.stdout, 'data');
    old.child.stdout.resume();
    await sleep(delay);
    old.child.kill('SIGSTOP');
    const young = startWriter(stores.schema);
    young.child.stdout.resume();
    expect([await young.exited, young.complaints()]).toEqual([[0, null], '']);
    old.child.kill('SIGCONT');
    const [code] = await old.exited;
    // Unless it had finished before it was stopped, or was stopped before it had sent a word.
    if (code !== 0) expect(old.complaints()).toMatch(/FencedOutError|StorageUnavailableError/);
    await expectWhole(stores);
    await stores.dispose();
  }
}, 120_000);
