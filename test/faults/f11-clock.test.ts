import { setTimeout as sleep } from 'node:timers/promises';
import { fakeRecords } from '../support/fake-records.ts';
import { connect, jobWhere, pathOf, run as runConnection } from '../support/sync-jobs.ts';
import { createFakeClock, noFakeClock } from './support/fake-clock.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const hourMs = 3_600_000;

fault(
  {
    id: 'F11',
    what: 'the clock is set forward by three hours and back by a day in the middle of four syncs',
    promises: ['G3', 'G4', 'G5', 'whole'],
    runs: { short: 1, long: 20 },
    notHere: noFakeClock,
  },
  async (run) => {
    const clock = createFakeClock(run);
    const subject = await startSubject(run, { env: clock.env });
    const { gateway } = subject;
    const connections = await Promise.all(
      ['First', 'Second', 'Third', 'Fourth'].map((name) =>
        connect(gateway, { name, config: { count: 3_000, recordsPerSecond: 1_000 }, streams: [{ name: 'orders' }] }),
      ),
    );
    const jobIds = await Promise.all(connections.map(({ id }) => runConnection(gateway, id)));
    const jumps = [3 * hourMs, -24 * hourMs].toSorted(() => run.random(2) - 0.5);
    const moments = jumps.map(() => run.random(700));
    for (const id of jobIds) await jobWhere(gateway, id, ({ status }) => status === 'RUNNING');
    for (const [index, jump] of jumps.entries()) {
      await sleep(moments[index] ?? 0);
      clock.set(new Date(clock.now() + jump));
      await clock.check(gateway);
      run.count('jumps');
    }
    for (const job of await subject.endOf(jobIds)) {
      hold('G3', pathOf(job).join() === 'PENDING,RUNNING,SUCCEEDED', `a job whose worker lived went ${pathOf(job).join()}`);
      run.count('jobs');
    }
    const source = { orders: fakeRecords('orders', 3_000) };
    await subject.check(new Map(connections.map(({ id }) => [id, source])));
  },
);
