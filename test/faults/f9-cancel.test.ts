import { setTimeout as sleep } from 'node:timers/promises';
import { cancel, connect, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

/** In each run, spread over four source connections that are synced at the same time. */
const races = 20;

fault(
  {
    id: 'F9',
    what: 'a job is cancelled around the moment when it ends',
    promises: ['G1', 'G3', 'G5', 'G7', 'whole'],
    runs: { short: 1, long: 50 },
  },
  async (run) => {
    const subject = await startSubject(run);
    const { gateway } = subject;
    const connections = await Promise.all(['First', 'Second', 'Third', 'Fourth'].map((name) => connect(gateway, { name, config: { count: 1 } })));
    // The first ones warm the threads up, and tell how long a job takes.
    await subject.endOf(await Promise.all(connections.map(({ id }) => runConnection(gateway, id))));
    const startedAt = Date.now();
    await subject.endOf(await Promise.all(connections.map(({ id }) => runConnection(gateway, id))));
    const usualMs = Date.now() - startedAt;
    const race = async (id: string, waitMs: number) => {
      const jobId = await runConnection(gateway, id);
      await sleep(waitMs);
      const answer = await cancel(gateway, jobId);
      const [job] = await subject.endOf([jobId], 10_000);
      const shown = `the cancel was answered with ${JSON.stringify(answer)}, the job is ${job?.status}`;
      if (answer['code'] === undefined) {
        hold('G7', job?.status === 'CANCELLED' && ['CANCELLING', 'CANCELLED'].includes(answer['syncJob'].status), shown);
        subject.acknowledged(`the cancel of ${jobId}`, `select 1 from sync_job where id = ? and status = 'CANCELLED'`, jobId);
      } else hold('G7', answer['code'] === 'INVALID_TRANSITION' && answer['from'] === 'SUCCEEDED' && job?.status === 'SUCCEEDED', shown);
      run.count(answer['code'] === undefined ? `answered ${answer['syncJob'].status}` : 'too late');
      const again = await cancel(gateway, jobId);
      hold('G7', again['code'] === 'INVALID_TRANSITION' && again['from'] === job?.status, `a cancel after the end: ${JSON.stringify(again)}`);
    };
    // Jobs that are alone end sooner: short waits are drawn more often.
    const waits = connections.map(() =>
      Array.from({ length: Math.ceil(races / connections.length) }, () => Math.round(usualMs * (run.random(1_000) / 1_000) ** 2)),
    );
    await Promise.all(
      connections.map(async ({ id }, index) => {
        for (const waitMs of waits[index] ?? []) await race(id, waitMs);
      }),
    );
    await subject.check();
  },
);
