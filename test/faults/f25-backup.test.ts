import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { searchFolder } from '../support/canaries/run-folder.ts';
import { plainCanary } from '../support/canary.ts';
import { runCommand } from '../support/cli.ts';
import { fakeRecords } from '../support/fake-records.ts';
import { connect, run as runConnection } from '../support/sync-jobs.ts';
import { workUntilCut } from './support/clients.ts';
import { fault } from './support/fault.ts';
import { checkInvariants } from './support/invariants.ts';
import { holdReadable, openedSecrets, servePeople } from './support/secrets.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const modes = ['INCREMENTAL_DEDUPED', 'INCREMENTAL_APPEND', 'FULL_REFRESH_OVERWRITE'] as const;
const count = 1_500;

fault(
  {
    id: 'F25',
    what: 'a backup is taken at some moment of three syncs and of mutations, and a gateway is started on it',
    promises: ['G1', 'G2', 'G3', 'G4', 'G5', 'whole', 'secrets'],
    runs: { short: 1, long: 25 },
  },
  async (run) => {
    const people = await servePeople(plainCanary('password'));
    run.cleanUp(() => people.close());
    const folder = mkdtempSync(join(tmpdir(), 'headgate-fault-backup-'));
    run.cleanUp(() => {
      searchFolder(folder);
      rmSync(folder, { recursive: true, force: true });
    });
    const subject = await startSubject(run);
    const guarded = await connect(subject.gateway, people.input);
    const connections = await Promise.all(
      modes.map((syncMode) =>
        connect(subject.gateway, { name: syncMode, config: { count, recordsPerSecond: 600 }, streams: [{ name: 'orders', syncMode }] }),
      ),
    );
    const jobIds = await Promise.all(connections.map(({ id }) => runConnection(subject.gateway, id)));
    const moment = run.random(2_000);
    const ids = connections.map(({ id }) => id);
    const acknowledged: { what: string; sql: string; parameters: readonly (string | number)[] }[] = [];
    const heard = {
      gateway: subject.gateway,
      acknowledged(what: string, sql: string, ...parameters: readonly (string | number)[]) {
        acknowledged.push({ what, sql, parameters });
        subject.acknowledged(what, sql, ...parameters);
      },
    };
    const stop = new AbortController();
    const working = Promise.all([1, 2].map(() => workUntilCut(heard, run, ids, stop.signal)));
    await sleep(moment);

    const before = [...acknowledged];
    const to = join(folder, 'copy');
    const { status, stderr } = await runCommand(['backup', '--with-keys', '--to', to], { env: { HEADGATE_DATA_DIR: subject.dataDir } });
    hold('whole', status === 0, `the backup ended with ${status}: ${stderr}`);
    stop.abort();
    await working;
    hold('secrets', openedSecrets(to).size > 0, 'the backup has no secret');
    checkInvariants({ dataDir: to, acknowledged: before, sources: new Map(), jobsMayWait: true });

    const sources = new Map(ids.map((id) => [id, { orders: fakeRecords('orders', count) }]));
    const copy = await startSubject(run, { dataDir: to });
    for (const { what, sql, parameters } of before) copy.acknowledged(what, sql, ...parameters);
    for (const each of [copy, subject]) {
      await holdReadable(each, guarded.id);
      for (const job of await each.endOf(jobIds)) if (job.status !== 'SUCCEEDED') throw new Error(`a job ended otherwise: ${JSON.stringify(job)}`);
      await each.check(sources);
    }
    run.count('mutations before a backup', before.length);
    run.count('mutations during and after it', acknowledged.length - before.length);
  },
);
