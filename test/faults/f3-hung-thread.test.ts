import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { connect, jobWhere, pathOf, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const people = Array.from({ length: 500 }, (_, id) => ({ id, name: `Name ${id}` }));

/** A database whose one view computes for so many rounds before it gives its first record, in a call that nothing can interrupt. */
function createSource(folder: string): { slowDown(rounds: number): void; close(): void } {
  const database = new Database(join(folder, 'people.db'));
  database.pragma('journal_mode = wal');
  database.exec('create table person (id integer primary key, name text not null)');
  const insert = database.prepare('insert into person values (?, ?)');
  for (const { id, name } of people) insert.run(id, name);
  const slowDown = (rounds: number) => {
    const work = `with recursive n(x) as (select 1 union all select x + 1 from n ${Number.isFinite(rounds) ? `limit ${rounds}` : ''}) select count(*) from n`;
    database.exec(`begin; drop view if exists people; create view people as select id, name from person where (${work}) > 0; commit`);
  };
  return { slowDown, close: () => void database.close() };
}

/** Rounds that take so long on this machine, now. */
function roundsFor(ms: number): number {
  const database = new Database(':memory:');
  const startedAt = performance.now();
  database.prepare('with recursive n(x) as (select 1 union all select x + 1 from n limit 1000000) select count(*) from n').get();
  const took = performance.now() - startedAt;
  database.close();
  return Math.round((1_000_000 * ms) / took);
}

for (const [how, rounds] of [
  ['for longer than its lease, and comes back', () => roundsFor(7_000)],
  ['for ever', () => Number.POSITIVE_INFINITY],
] as const)
  fault(
    {
      id: 'F3',
      what: `a worker thread hangs in native code ${how}`,
      promises: ['G2', 'G3', 'G4', 'G5', 'whole'],
      runs: { short: 1, long: 10 },
      runTimeoutMs: 120_000,
    },
    async (run) => {
      const folder = mkdtempSync(join(tmpdir(), 'headgate-hung-'));
      run.cleanUp(() => rmSync(folder, { recursive: true }));
      const source = createSource(folder);
      run.cleanUp(() => source.close());
      source.slowDown(1);
      const subject = await startSubject(run, { env: { HEADGATE_FILES_ROOT: folder } });
      const { gateway } = subject;
      const streams = [{ name: 'people', syncMode: 'FULL_REFRESH_OVERWRITE' }];
      const { id } = await connect(gateway, { name: 'People', sourceShortName: 'sqlite', config: { path: 'people.db' }, streams });
      const neighbour = await connect(gateway, { name: 'A neighbour', config: { count: 10 } });
      source.slowDown(rounds());
      const jobId = await runConnection(gateway, id);
      // On a busy machine it may come back before anybody noticed.
      await jobWhere(gateway, jobId, ({ status }) => status === 'WAITING' || status === 'SUCCEEDED');
      // The next attempt finds it quick.
      source.slowDown(1);
      await subject.endOf([await runConnection(gateway, neighbour.id)]);
      const [job] = await subject.endOf([jobId]);
      hold('G3', job?.status === 'SUCCEEDED', `the job went ${job && pathOf(job).join()}`);
      run.count('takeovers', (job?.attempt ?? 1) - 1);
      await subject.check(new Map([[id, { people }]]));
    },
  );
