import { setTimeout as sleep } from 'node:timers/promises';
import { fakeRecords } from '../support/fake-records.ts';
import { connect, jobWhere, run as runConnection } from '../support/sync-jobs.ts';
import { unlessCut, workUntilCut } from './support/clients.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';

const modes = ['INCREMENTAL_DEDUPED', 'INCREMENTAL_APPEND', 'FULL_REFRESH_OVERWRITE', 'FULL_REFRESH_APPEND'] as const;
const streams = ['orders', 'users'];
const count = 1_500;

fault(
  {
    id: 'F1',
    what: 'the process is killed (SIGKILL) in the middle of four syncs and of mutations, up to three times, and started again',
    promises: ['G1', 'G2', 'G3', 'G4', 'G5', 'whole'],
    runs: { short: 1, long: 50 },
    runTimeoutMs: 90_000,
  },
  async (run) => {
    const subject = await startSubject(run);
    const connections = await Promise.all(
      modes.map((syncMode) => {
        const configured = streams.map((name) => ({ name, syncMode }));
        // Slow enough for none to end before the last kill.
        return connect(subject.gateway, { name: syncMode, config: { count, recordsPerSecond: 1_200 }, streams: configured });
      }),
    );
    const jobIds = await Promise.all(connections.map(({ id }) => runConnection(subject.gateway, id)));
    // Drawn first: the clients draw from the same numbers, in whatever order they come.
    const moments = Array.from({ length: 1 + run.random(3) }, () => run.random(900));
    for (const moment of moments) {
      for (const id of jobIds) await jobWhere(subject.gateway, id, ({ status }) => status !== 'PENDING');
      const clients = Promise.all(
        [1, 2].map(() =>
          workUntilCut(
            subject,
            run,
            connections.map(({ id }) => id),
          ),
        ),
      );
      await sleep(moment);
      await subject.kill();
      await clients.catch(unlessCut);
      await subject.start();
      run.count('kills');
    }
    for (const job of await subject.endOf(jobIds)) if (job.status !== 'SUCCEEDED') throw new Error(`a job ended otherwise: ${JSON.stringify(job)}`);
    run.count('acknowledged mutations', subject.acknowledgements());
    const source = Object.fromEntries(streams.map((name) => [name, fakeRecords(name, count)]));
    await subject.check(new Map(connections.map(({ id }) => [id, source])));
  },
);
