import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrations } from '../../src/db/migrations/index.ts';
import { plainCanary } from '../support/canary.ts';
import { mutate } from '../support/mutate.ts';
import { connect, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { checkInvariants } from './support/invariants.ts';
import { contentOf, fillFrom, makeDatabase, schemaOf, shapeOf } from './support/old-database.ts';
import { holdReadable, openedSecrets, servePeople } from './support/secrets.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const kills = 2;
const logLines = 30_000;

/** Runs an upgrade; kills it so many ms after it has begun, if asked to. @returns whether it was done, and how long it took */
async function upgrade(dataDir: string, killAfterMs?: number): Promise<{ done: boolean; tookMs: number; printed: string }> {
  const script = new URL('./support/upgrade-process.ts', import.meta.url).pathname;
  const child: ChildProcess = spawn(process.execPath, [script], { env: { ...process.env, HEADGATE_DATA_DIR: dataDir } });
  let printed = '';
  let begunAt = 0;
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (begunAt > 0 || !printed.includes('begins')) return;
      begunAt = performance.now();
      if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
  await new Promise((resolve) => child.once('close', resolve));
  return { done: printed.includes('done'), tookMs: performance.now() - begunAt, printed };
}

fault(
  {
    id: 'F18',
    what: 'a database with the rows of an older version is upgraded; the upgrade is killed (SIGKILL) twice before',
    promises: ['G1', 'whole', 'secrets'],
    runs: { short: 1, long: 50 },
  },
  async (run) => {
    const people = await servePeople(plainCanary('password'));
    run.cleanUp(() => people.close());
    const scratch = mkdtempSync(join(tmpdir(), 'headgate-fault-upgrade-'));
    run.cleanUp(() => rmSync(scratch, { recursive: true, force: true }));
    const subject = await startSubject(run);
    const guarded = await connect(subject.gateway, people.input);
    await subject.endOf([await runConnection(subject.gateway, guarded.id)]);
    await mutate(subject.gateway, 'createApiKey', { name: 'Robot', role: 'VIEWER' });
    await subject.gateway.stop();

    // What this version has stored, put into the schema of an older one.
    const present = join(subject.dataDir, 'headgate.db');
    const old = join(scratch, 'headgate.db');
    const applied = 1 + run.random(migrations.length - 1);
    await makeDatabase(old, applied);
    fillFrom(old, present, logLines);
    const shape = shapeOf(old);
    const [oldSchema, content] = [schemaOf(old), contentOf(old, shape)];
    const fresh = join(scratch, 'fresh.db');
    await makeDatabase(fresh);
    const newSchema = schemaOf(fresh);
    const putOld = () => {
      for (const name of ['backups', 'headgate.db-wal', 'headgate.db-shm']) rmSync(join(subject.dataDir, name), { recursive: true, force: true });
      cpSync(old, present);
    };
    const holdSame = (path: string, what: string) => {
      const differs = Object.entries(contentOf(path, shape)).filter(([table, found]) => found !== content[table]);
      hold('G1', differs.length === 0, `${what}: ${differs.map(([table, found]) => `${table} had ${content[table]} and has ${found}`).join('; ')}`);
    };
    const holdCopy = () => {
      const copies = globSync('backups/*.db', { cwd: subject.dataDir });
      for (const copy of copies) {
        const path = join(subject.dataDir, copy);
        hold('whole', schemaOf(path) === oldSchema, `${copy} has another schema than what was there before`);
        holdSame(path, copy);
      }
      return copies.length;
    };
    run.count(
      'rows',
      Object.values(content).reduce((sum, each) => sum + Number.parseInt(each, 10), 0),
    );

    putOld();
    const { tookMs, printed } = await upgrade(subject.dataDir);
    hold('whole', schemaOf(present) === newSchema, `an upgrade that nobody disturbed did not arrive: ${printed}`);
    for (let number = 0; number < kills; number++) {
      putOld();
      // The beginning goes by before the migrations: later moments are drawn more often.
      const { done } = await upgrade(subject.dataDir, Math.round(tookMs * (run.random(1_000) / 1_000) ** 0.5));
      await sleep(1);
      const schema = schemaOf(present);
      hold('whole', schema === oldSchema || schema === newSchema, 'an upgrade that was killed left a schema that is neither the old nor the new one');
      holdSame(present, 'an upgrade that was killed');
      const copies = holdCopy();
      hold('G1', schema === oldSchema || copies === 1, 'an upgrade changed the database without a copy of it');
      run.count(done ? 'not killed in time' : schema === newSchema ? 'killed after it' : copies === 1 ? 'killed after the copy' : 'killed before');
      const again = await upgrade(subject.dataDir);
      hold('whole', again.done && schemaOf(present) === newSchema, `an upgrade after one that was killed did not arrive: ${again.printed}`);
      holdSame(present, 'an upgrade after one that was killed');
      hold('G1', holdCopy() === 1, 'an upgrade kept no copy');
      checkInvariants({ dataDir: subject.dataDir, acknowledged: [], sources: new Map() });
    }
    hold('secrets', openedSecrets(subject.dataDir).size > 0, 'there is no secret');
    await subject.start();
    await holdReadable(subject, guarded.id);
    await subject.endOf([await runConnection(subject.gateway, guarded.id)]);
    await subject.check();
  },
);
