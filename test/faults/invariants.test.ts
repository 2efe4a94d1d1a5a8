import { cpSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { fakeRecords } from '../support/fake-records.ts';
import { connect, run } from '../support/sync-jobs.ts';
import { checkInvariants } from './support/invariants.ts';
import { startSubject } from './support/subject.ts';

/** One statement on the control database, or on the collection's file, each of which breaks one promise. */
const breakages = [
  ['G1', 'control', 'delete from connection_test'],
  ['G2', 'control', "update source_connection set active_sync_job_id = 'job_other'"],
  ['G3', 'control', "update sync_job set lease_token = 'left behind'"],
  ['G5', 'control', 'delete from sync_job_transition where sequence = 2'],
  ['G5', 'control', "update sync_job set status = 'FAILED'"],
  ['G4', 'records', "update record_GENERATION set data = json_set(data, '$.id', 'another') where id = 1"],
  ['whole', 'records', 'delete from record_GENERATION where id = 1'],
  ['whole', 'control', 'update sync_job set records_read = records_read + 1'],
  ['whole', 'control', 'update configured_stream set record_count = record_count - 1'],
] as const;

test('what looks for broken promises finds each kind, and nothing where nothing is broken', async () => {
  const subject = await startSubject({ cleanUp: (step) => onTestFinished(async () => void (await step())) });
  const { id } = await connect(subject.gateway, { config: { count: 10 }, streams: [{ name: 'orders' }] });
  await subject.endOf([await run(subject.gateway, id)]);
  const sources = new Map([[id, { orders: fakeRecords('orders', 10) }]]);
  subject.acknowledged('the test', 'select 1 from connection_test where source_connection_id = ?', id);
  await subject.check(sources);

  const [file = ''] = globSync('records/*.db', { cwd: subject.dataDir });
  const acknowledged = [{ what: 'the test', sql: 'select 1 from connection_test where source_connection_id = ?', parameters: [id] }];
  for (const [promise, where, sql] of breakages) {
    const dataDir = mkdtempSync(join(tmpdir(), 'headgate-broken-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    cpSync(subject.dataDir, dataDir, { recursive: true });
    const database = new Database(join(dataDir, where === 'control' ? 'headgate.db' : file));
    const generation = where === 'records' ? database.prepare('select visible from stream').pluck().get() : '';
    database.exec(sql.replace('GENERATION', String(generation)));
    database.close();
    expect(() => checkInvariants({ dataDir, acknowledged, sources }), sql).toThrow(expect.objectContaining({ promise }));
  }
});
