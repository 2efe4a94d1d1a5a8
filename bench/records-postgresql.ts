import { hash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EncodedRecord } from '../src/connector/messages.ts';
import { createPostgresRecordStore } from '../src/records/postgresql.ts';
import type { StreamToWrite } from '../src/records/store.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { type Bench, type Figure, median } from './measure.ts';

const rowsPerCheckpoint = 25_000;
const stream: StreamToWrite = { name: 'orders', namespace: null, syncMode: 'INCREMENTAL_DEDUPED', primaryKey: [['id']] };

/** Records into the store, with counts, state and fences, against COPY into a stage and one `insert … on conflict` in as large transactions. */
export const run: Bench = async ({ quick }) => {
  const rows = quick ? 100_000 : 1_000_000;
  const postgres = await startPostgres();
  const { database, client, drop } = await postgres.createDatabase();
  const { host, port, user, password } = postgres;
  const store = createPostgresRecordStore({ database: { host, port, user, password, database }, role: 'worker' });
  const steps: readonly (readonly [string, (at: number) => EncodedRecord])[] = [
    ['new', (at) => recordOf(`${at}`, at, 'first')],
    ['unchanged', (at) => recordOf(`${at}`, at, 'first')],
    ['changed', (at) => recordOf(`${at}`, at, 'other')],
    ['new, keys are UUIDs', (at) => recordOf(uuid(at), at, 'first')],
  ];
  const times = steps.map(() => ({ ours: [] as number[], bare: [] as number[] }));
  try {
    for (let round = 0; round < (quick ? 2 : 3); round += 1) {
      const collection = { id: `col_${round}`, number: round + 1 };
      await makeBare(client, round);
      const write = async (step: number, records: EncodedRecord[][]) => {
        const writer = await store.openWriter({ collection, sourceConnectionId: 'c', jobId: `${step}`, streams: [stream], mode: 'INCREMENTAL' });
        for (const [index, batch] of records.entries())
          await writer.checkpoint([{ stream, records: batch, rejected: 0, state: { index }, complete: index === records.length - 1 }]);
        await writer.close();
      };
      for (const [index, [, make]] of steps.entries()) {
        const records = inBatches(rows, make);
        times[index]?.ours.push(await rateOf(rows, () => write(index, records)));
        times[index]?.bare.push(await rateOf(rows, () => writeBare(client, round, records)));
      }
      await store.deleteCollection(collection);
      await client.query(`drop table bare_${round}`);
    }
    return steps.map(([what], index): Figure => {
      const { ours = [], bare = [] } = times[index] ?? {};
      const compared = { ours: median(ours), bare: median(bare) };
      return { what: `${rows.toLocaleString('en')} records, ${what}`, unit: 'rows/s', ...compared, aim: 'at least 0.7 of bare' };
    });
  } finally {
    await store.close();
    await drop();
    await postgres.stop();
  }
};

/** About 270 bytes of JSON. */
function recordOf(key: string, at: number, note: string): EncodedRecord {
  const reference = hash('md5', key);
  const row = {
    id: key,
    reference,
    email: `customer${at % 50_000}@example.com`,
    amount: (at * 7919) % 100_000,
    quantity: at % 7,
    paid: at % 3 === 0,
  };
  return {
    key: [key],
    json: JSON.stringify({ ...row, orderedAt: '2026-01-01T12:00:00.000Z', city: `city ${at % 900}`, note: note.repeat(at % 9) + note }),
  };
}

function uuid(at: number): string {
  return hash('md5', `${salt}${at}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
const salt = randomBytes(4).toString('hex');

function inBatches(rows: number, make: (at: number) => EncodedRecord): EncodedRecord[][] {
  return Array.from({ length: Math.ceil(rows / rowsPerCheckpoint) }, (_, batch) =>
    Array.from({ length: Math.min(rowsPerCheckpoint, rows - batch * rowsPerCheckpoint) }, (_none, at) => make(batch * rowsPerCheckpoint + at)),
  );
}

async function makeBare(client: Client, round: number): Promise<void> {
  await client.query(
    `create table bare_${round} (row bigint generated always as identity primary key, key text not null unique, data text not null)`,
  );
}

async function writeBare(client: Client, round: number, batches: EncodedRecord[][]): Promise<void> {
  for (const batch of batches) {
    await client.query('begin; create temporary table stage (key text, data text) on commit drop');
    const lines = batch.map(({ key, json }) => `${key?.[0]}\t${json.includes('\\') ? json.replaceAll('\\', '\\\\') : json}\n`);
    await pipeline(Readable.from([Buffer.from(lines.join(''))]), client.query(copyFrom('copy stage from stdin')));
    await client.query(
      `insert into bare_${round} as b (key, data) select key, data from stage
       on conflict (key) do update set data = excluded.data where b.data <> excluded.data; commit`,
    );
  }
}

async function rateOf(rows: number, work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return rows / ((performance.now() - startedAt) / 1000);
}
