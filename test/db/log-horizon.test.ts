import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPostgresql } from '../../src/db/postgresql.ts';
import type { Db } from '../../src/db/rows.ts';
import { accessForEveryOrganization } from '../../src/db/scope.ts';
import { entities } from '../../src/entities.ts';
import { createInProcessEvents } from '../../src/events/in-process.ts';
import { createLogFeed } from '../../src/events/log-feed.ts';
import { createLog } from '../../src/lib/log.ts';
import { type PostgresDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { seeded } from '../support/seeded.ts';

interface Line {
  readonly cursor: number;
  readonly text: string;
}

let server: PostgresServer;
let database: PostgresDatabase;
let control: Awaited<ReturnType<typeof openPostgresql>>;
let db: Db;
const writers: Client[] = [];
const url = () => `postgresql://${server.user}:${encodeURIComponent(server.password)}@${server.host}:${server.port}/${database.database}`;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await server.createDatabase();
  control = await openPostgresql({ url: url(), role: 'gateway', log: createLog({ level: 'silent', pretty: false }) }, entities);
  await control.migrate();
  await database.client.query(`create table line (cursor bigserial primary key, text text not null);
    alter table line alter column cursor set default headgate_log_cursor('line_cursor_seq')`);
  ({ db } = accessForEveryOrganization(control));
});
afterEach(async () => {
  await Promise.all(writers.splice(0).map((writer) => writer.end()));
  await control.close();
  await database.drop();
});

const begin = async () => {
  const writer = new Client({ connectionString: url() });
  writers.push(writer);
  await writer.connect();
  await writer.query('begin');
  return writer;
};
const write = async (writer: Client, text: string) => {
  const { rows } = await writer.query<{ cursor: string }>('insert into line (text) values ($1) returning cursor', [text]);
  return Number(rows[0]?.cursor);
};
const read = async (after: number): Promise<Line[]> => {
  const horizon = (await control.engine.horizonOf?.(db, 'line')) ?? 0;
  const rows = await db.selectFrom('line').selectAll().where('cursor', '>', after).where('cursor', '<=', horizon).orderBy('cursor').execute();
  return rows as unknown as Line[];
};

test('what commits late is not passed over: nobody reads beyond a writer that has a smaller number and has not ended', async () => {
  const slow = await begin();
  const fast = await begin();
  const first = await write(slow, 'slow');
  await write(fast, 'fast');
  await fast.query('commit');
  expect(await read(0)).toEqual([]);
  const later = await begin();
  await write(later, 'later');
  await slow.query('commit');
  expect((await read(0)).map(({ text }) => text)).toEqual(['slow', 'fast']);
  await later.query('rollback');
  expect((await read(first)).map(({ text }) => text)).toEqual(['fast']);
});

test('a transaction that writes to no log holds nobody up, nor does one that has rolled back', async () => {
  const other = await begin();
  await other.query('create table something (id int)');
  const gone = await begin();
  await write(gone, 'gone');
  await gone.query('rollback');
  const writer = await begin();
  for (let line = 0; line < 500; line++) await write(writer, `line ${line}`);
  await writer.query('commit');
  expect(await read(0)).toHaveLength(500);
});

test('a subscriber gets each line of writers that commit in any order, once and in the order of cursors', async () => {
  const random = seeded(7);
  const events = createInProcessEvents({ id: database.database, pollMs: 50 });
  const feed = createLogFeed<Line>({
    events,
    topic: 'line',
    head: async () => (await control.engine.horizonOf?.(db, 'line')) ?? 0,
    read: async (after, limit) => (await read(after)).slice(0, limit),
    keysOf: () => ['all'],
  });
  const lines = await feed.subscribe({ key: 'all', backfill: async (after, limit) => (await read(after)).slice(0, limit) });
  const committed: number[] = [];
  const work = async () => {
    const writer = await begin();
    for (let transaction = 0; transaction < 40; transaction++) {
      if (transaction > 0) await writer.query('begin');
      const cursors = [await write(writer, 'a'), await write(writer, 'b')];
      await writer.query(`select pg_sleep(${random(12) / 1000})`);
      const keeps = random(5) > 0;
      await writer.query(keeps ? 'commit' : 'rollback');
      if (keeps) committed.push(...cursors);
      events.publish('line');
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  const seen: number[] = [];
  while (seen.length < committed.length) seen.push((await lines.next()).value?.cursor ?? Number.NaN);
  expect(seen).toEqual(committed.sort((a, b) => a - b));
  feed.close();
  await events.close();
});
