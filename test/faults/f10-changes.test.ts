import { afterAll, beforeAll } from 'vitest';
import { plainCanary } from '../support/canary.ts';
import { fakeRecords } from '../support/fake-records.ts';
import { mutate } from '../support/mutate.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { connect, jobWhere, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const count = 1_500;
const rows = 60_000;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

fault(
  {
    id: 'F10',
    what: 'source connections are deleted, with their records and without, given another config and other credentials, while they are synced',
    promises: ['G1', 'G2', 'G3', 'G4', 'G5', 'G7', 'whole'],
    runs: { short: 1, long: 20 },
  },
  async (run) => {
    const database = await postgres.createDatabase();
    run.cleanUp(() => database.drop());
    await database.client.query(`create table item (id integer primary key, name text not null);
      insert into item select n, 'The item ' || n from generate_series(1, ${rows}) n`);
    const subject = await startSubject(run);
    const { gateway } = subject;
    const fake = (name: string) => connect(gateway, { name, config: { count, recordsPerSecond: 800 }, streams: [{ name: 'orders' }] });
    const [gone, kept, changed] = [await fake('Deleted with records'), await fake('Deleted without'), await fake('Given another config')];
    const rotated = await connect(gateway, {
      name: 'Given other credentials',
      sourceShortName: 'postgresql',
      credentials: { host: postgres.host, port: postgres.port, database: database.database, username: postgres.user, password: postgres.password },
      streams: [{ name: 'item', namespace: 'public', syncMode: 'INCREMENTAL_APPEND', cursorField: ['id'] }],
    });
    const all = [gone, kept, changed, rotated];
    const jobIds = await Promise.all(all.map(({ id }) => runConnection(gateway, id)));
    const wait = run.random(500);
    for (const id of jobIds) await jobWhere(gateway, id, ({ status }) => status !== 'PENDING');
    await new Promise((resolve) => setTimeout(resolve, wait));
    const answers = await Promise.all([
      mutate(gateway, 'deleteSourceConnection', { id: gone.id, deleteData: true }),
      mutate(gateway, 'deleteSourceConnection', { id: kept.id }),
      mutate(gateway, 'updateSourceConnectionConfig', { id: changed.id, config: { count: 3 }, runSetupTests: false }),
      mutate(gateway, 'updateSourceConnectionCredentials', { id: rotated.id, credentials: { password: plainCanary('other') }, runSetupTests: false }),
    ]);
    run.count('changes', answers.filter((answer) => answer['code'] === undefined).length);
    run.count('changes refused while a job is active', answers.filter((answer) => answer['code'] === 'SYNC_IN_PROGRESS').length);
    for (const answer of answers) hold('G1', answer['code'] === undefined || answer['code'] === 'SYNC_IN_PROGRESS', JSON.stringify(answer));
    for (const { id } of [gone, kept])
      subject.acknowledged(`the deletion of ${id}`, 'select 1 from source_connection where id = ? and deleted_at is not null', id);
    const [first, second, third, fourth] = await subject.endOf(jobIds);
    for (const job of [first, second]) hold('G7', job?.status !== 'FAILED', `the job of a deleted connection is ${JSON.stringify(job)}`);
    hold('G3', third?.status === 'SUCCEEDED', `the job that was given another config is ${JSON.stringify(third)}`);
    hold('G3', fourth?.status === 'SUCCEEDED', `the job whose credentials were replaced is ${JSON.stringify(fourth)}`);
    for (const job of [first, second, third, fourth]) run.count(`jobs ${job?.status}`);
    const item = Array.from({ length: rows }, (_, index) => ({ id: index + 1, name: `The item ${index + 1}` }));
    // What began with the old config ends with it.
    await subject.check(
      new Map<string, Record<string, object[]>>([
        [changed.id, { orders: fakeRecords('orders', count) }],
        [rotated.id, { item }],
      ]),
    );
  },
);
