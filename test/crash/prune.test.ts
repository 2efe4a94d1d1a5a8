import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { readControlRows, writeControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutate.ts';
import { seeded } from '../support/seeded.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

let gateway: Gateway | undefined;
afterEach(async () => {
  await gateway?.cleanUp();
});
const env = { HEADGATE_TICK_MS: '50', HEADGATE_AUDIT_RETENTION_DAYS: '0.00001' };
const jobs = 1_200;

/** What must hold whenever it is looked at: all of a job or nothing, and no gap that is not written down. */
function look({ dataDir }: Gateway): number {
  return readControlRows({ dataDir }, (database) => {
    const one = (sql: string) => database.prepare(sql).pluck().get() as number;
    expect(database.pragma('foreign_key_check')).toEqual([]);
    expect(
      one('select count(*) from sync_job where transition_count <> (select count(*) from sync_job_transition where sync_job_id = sync_job.id)'),
    ).toBe(0);
    expect(one('select count(*) from sync_job where log_pruned and exists (select 1 from sync_job_log where sync_job_id = sync_job.id)')).toBe(0);
    const known = one('select count(*) from sync_job_transition');
    const marked = one("select coalesce(max(cursor), 0) from pruned_log where log = 'sync_job_transition'");
    // Cursors are given without a gap here: as many as are missing lie at or below the mark.
    const greatest = one('select max(cursor) from sync_job_transition');
    expect(one(`select count(*) from sync_job_transition where cursor > ${marked}`)).toBe(greatest - Math.min(marked, greatest));
    expect(known).toBeGreaterThan(0);
    return one("select count(*) from sync_job where id like 'job_old%'");
  });
}

test('pruning that is killed leaves all of a job or nothing, and goes on at the next start while others write', async () => {
  const random = seeded(5);
  gateway = await startGateway();
  const { id } = await connect(gateway, { config: { count: 1 } });
  const model = (await endOf(gateway, await run(gateway, id))).id;
  await gateway.kill();
  writeControlRows(gateway, (database) => {
    const columnsOf = (table: string, without: string) =>
      database.prepare(`select name from pragma_table_info('${table}') where name not in (${without})`).pluck().all().join(', ');
    database.exec('begin');
    const job = columnsOf('sync_job', "'id', 'completed_at'");
    const transition = columnsOf('sync_job_transition', "'id', 'cursor', 'sync_job_id'");
    const line = columnsOf('sync_job_log', "'cursor', 'sync_job_id'");
    for (let n = 0; n < jobs; n++) {
      const name = `job_old${n}`;
      database
        .prepare(`insert into sync_job (id, completed_at, ${job}) select ?, completed_at - 100 * 86400000, ${job} from sync_job where id = ?`)
        .run(name, model);
      database
        .prepare(
          `insert into sync_job_transition (id, sync_job_id, ${transition}) select id || ?, ?, ${transition} from sync_job_transition where sync_job_id = ?`,
        )
        .run(n, name, model);
      database.prepare(`insert into sync_job_log (sync_job_id, ${line}) select ?, ${line} from sync_job_log where sync_job_id = ?`).run(name, model);
    }
    database.exec('commit');
  });
  let left = jobs;
  for (let kill = 0; kill < 3; kill++) {
    gateway = await startGateway({ dataDir: gateway.dataDir, env });
    await sleep(200 + random(600));
    await gateway.kill();
    left = look(gateway);
  }
  gateway = await startGateway({ dataDir: gateway.dataDir, env });
  const api = gateway;
  let writes = 0;
  while (left > 0) {
    expect((await mutate(api, 'updateSourceConnection', { id, description: String(writes++) })).__typename).toMatch(/Payload$/);
    left = look(api);
  }
  await eventually(() => expect(look(api)).toBe(0), 60_000);
}, 240_000);
