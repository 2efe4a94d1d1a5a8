import { afterAll, beforeAll } from 'vitest';
import { certificateFor } from '../support/certificate.ts';
import { readControlRows } from '../support/control-rows.ts';
import { type PostgresServer, startEmbeddedPostgres } from '../support/postgres.ts';
import { connect, run as runConnection } from '../support/sync-jobs.ts';
import { type ChaosProxy, startChaosProxy } from './support/chaos-proxy.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const count = 30_000;
/** About what a row takes on its way. */
const rowBytes = 60;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startEmbeddedPostgres(certificateFor('localhost'));
});
afterAll(() => postgres?.stop());

for (const [what, tls, how] of [
  ['is reset', 'disable', 'reset'],
  ['under TLS is reset', 'require', 'reset'],
  ['falls silent, half-open', 'disable', 'silence'],
] as const)
  fault(
    {
      id: 'F5',
      what: `the connection to a PostgreSQL source ${what} at a row in the middle, up to twice`,
      promises: ['G3', 'G4', 'G5', 'whole'],
      runs: { short: 1, long: 20 },
    },
    async (run) => {
      const database = await postgres.createDatabase();
      run.cleanUp(() => database.drop());
      await database.client.query(`create table item (id integer primary key, name text not null);
        insert into item select n, 'The item ' || n from generate_series(1, ${count}) n`);
      const proxy: ChaosProxy = await startChaosProxy(postgres.port);
      run.cleanUp(() => proxy.close());
      const subject = await startSubject(run, { env: { HEADGATE_SOURCE_IDLE_SECONDS: how === 'silence' ? '2' : '60' } });
      const { id } = await connect(subject.gateway, {
        name: 'Items',
        sourceShortName: 'postgresql',
        config: { tls },
        credentials: { host: '127.0.0.1', port: proxy.port, database: database.database, username: postgres.user, password: postgres.password },
        streams: [{ name: 'item', namespace: 'public', syncMode: 'INCREMENTAL_DEDUPED', cursorField: ['id'] }],
      });
      for (let cut = 0; cut < 2; cut++) proxy.cuts.push({ afterBytes: 5_000 + run.random(count * rowBytes * 0.4), how });
      const jobId = await runConnection(subject.gateway, id);
      const [job] = await subject.endOf([jobId]);
      hold('G3', job?.status === 'SUCCEEDED', `the job ended with ${JSON.stringify(job?.failure)}`);
      const { reasons, lines } = readControlRows(subject, (control) => ({
        reasons: control.prepare(`select reason from sync_job_transition where to_status = 'WAITING'`).pluck().all() as string[],
        lines: control.prepare('select message from sync_job_log').pluck().all() as string[],
      }));
      const cuts = 2 - proxy.cuts.length;
      // On a busy machine a slow answer may be taken for silence as well.
      const noticed = how === 'silence' ? reasons.length >= cuts : reasons.length === cuts;
      hold('G3', noticed, `${cuts} cuts were noticed as ${JSON.stringify(reasons)}`);
      for (const reason of reasons) hold('G3', how === 'silence' ? reason.includes('sent nothing') : /connection|reset|broke/i.test(reason), reason);
      run.count('cuts', cuts);
      run.count('attempts that went on after a checkpoint with records', lines.filter((line) => /goes on after checkpoint [1-9]/.test(line)).length);
      const item = Array.from({ length: count }, (_, index) => ({ id: index + 1, name: `The item ${index + 1}` }));
      await subject.check(new Map([[id, { item }]]));
    },
  );
