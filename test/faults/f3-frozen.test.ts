import { setTimeout as sleep } from 'node:timers/promises';
import { fakeRecords } from '../support/fake-records.ts';
import { startGateway } from '../support/gateway.ts';
import { connect, jobWhere, pathOf, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const count = 3_000;

fault(
  {
    id: 'F3',
    what: 'the process is frozen (SIGSTOP) in the middle of three syncs for longer than their lease, a second one is started on its folder, and it goes on (SIGCONT)',
    promises: ['G2', 'G3', 'G4', 'G5', 'whole'],
    runs: { short: 1, long: 20 },
  },
  async (run) => {
    const subject = await startSubject(run);
    const { gateway, dataDir } = subject;
    const connections = await Promise.all(
      ['First', 'Second', 'Third'].map((name) =>
        connect(gateway, { name, config: { count, recordsPerSecond: 1_500 }, streams: [{ name: 'orders' }] }),
      ),
    );
    const jobIds = await Promise.all(connections.map(({ id }) => runConnection(gateway, id)));
    const [moment, frozenMs] = [run.random(1_000), 2_500 + run.random(2_500)];
    for (const id of jobIds) await jobWhere(gateway, id, ({ status }) => status === 'RUNNING');
    await sleep(moment);
    subject.freeze();
    const thawed = sleep(frozenMs).then(() => subject.thaw());
    const asked = gateway.query('{ viewer { role } }');
    const second = await startGateway({ dataDir }).catch((error: unknown) => String(error));
    hold(
      'G2',
      typeof second === 'string' && second.includes('Another Headgate is running'),
      'a second gateway was let onto the folder of a frozen one',
    );
    await thawed;
    hold('G1', (await asked).viewer.role === 'ADMIN', 'what was asked of a frozen gateway is not answered when it goes on');
    for (const job of await subject.endOf(jobIds)) {
      hold('G3', job.status === 'SUCCEEDED', `a job of a frozen process went ${pathOf(job).join()}`);
      run.count(pathOf(job).length === 3 ? 'jobs that went on' : 'jobs taken over');
    }
    const source = { orders: fakeRecords('orders', count) };
    await subject.check(new Map(connections.map(({ id }) => [id, source])));
  },
);
