import { mutate } from '../support/mutate.ts';
import { cancel, connect, jobWhere, run as runConnection } from '../support/sync-jobs.ts';
import { type FaultRun, fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

/** In each run. */
const pairs = 20;

const start = async (run: FaultRun) => {
  const subject = await startSubject(run, { env: { HEADGATE_WORKER_CONCURRENCY: '1' } });
  const ask = (id: string, ifRunning: string) =>
    mutate(subject.gateway, 'runSourceConnection', { id, ifRunning, idempotencyKey: `key-${run.random(2 ** 31)}` });
  return { subject, ask };
};

fault(
  {
    id: 'F8',
    what: 'two runs of one source connection are asked for at once, with different keys, while no worker is free',
    promises: ['G1', 'G2', 'G5', 'whole'],
    runs: { short: 1, long: 50 },
  },
  async (run) => {
    const { subject, ask } = await start(run);
    const { gateway } = subject;
    const busy = await runConnection(gateway, (await connect(gateway, { config: { count: 1_000_000, recordsPerSecond: 100 } })).id);
    await jobWhere(gateway, busy, ({ status }) => status === 'RUNNING');
    const { id } = await connect(gateway, { config: { count: 1 } });
    for (let pair = 0; pair < pairs; pair++) {
      const answers = await Promise.all([ask(id, 'REJECT'), ask(id, 'REJECT')]);
      const [won, lost] = answers.toSorted((a, b) => Number(b['code'] === undefined) - Number(a['code'] === undefined));
      hold('G2', won?.__typename === 'RunSourceConnectionPayload' && lost?.['code'] === 'SYNC_IN_PROGRESS', JSON.stringify(answers));
      hold('G2', won['syncJob'].id === lost['syncJob'].id, `the refusal names another job: ${JSON.stringify(answers)}`);
      subject.acknowledged('the job', 'select 1 from sync_job where id = ?', won['syncJob'].id);
      const { syncJob } = await cancel(gateway, won['syncJob'].id);
      hold('G7', syncJob?.status === 'CANCELLED', `a job that nobody works on is ${JSON.stringify(syncJob)} after a cancel`);
      run.count('pairs');
    }
    await cancel(gateway, busy);
    await subject.endOf([busy]);
    await subject.check();
  },
);

fault(
  {
    id: 'F8',
    what: 'runs that are refused, attached, queued and put in the place of others are asked for at once, while jobs begin and end',
    promises: ['G1', 'G2', 'G3', 'G5', 'whole'],
    runs: { short: 1, long: 50 },
  },
  async (run) => {
    const { subject, ask } = await start(run);
    const ids = await Promise.all(['First', 'Second'].map(async (name) => (await connect(subject.gateway, { name, config: { count: 1 } })).id));
    const jobs = new Set<string>();
    for (let pair = 0; pair < pairs; pair++) {
      const asked = Array.from(
        { length: 3 },
        () => [ids[run.random(2)] ?? '', ['REJECT', 'ATTACH', 'QUEUE', 'REPLACE'][run.random(4)] ?? ''] as const,
      );
      for (const [index, answer] of (await Promise.all(asked.map(([id, how]) => ask(id, how)))).entries()) {
        const jobId = answer['syncJob']?.id;
        hold(
          'G2',
          jobId !== undefined && (!answer['code'] || asked[index]?.[1] === 'REJECT'),
          `${asked[index]?.join(' ')}: ${JSON.stringify(answer)}`,
        );
        subject.acknowledged(
          `the job of ${asked[index]?.[1]}`,
          'select 1 from sync_job where id = ? and source_connection_id = ?',
          jobId,
          asked[index]?.[0] ?? '',
        );
        jobs.add(jobId);
      }
      run.count('calls', asked.length);
    }
    await subject.endOf([...jobs]);
    run.count('jobs', jobs.size);
    await subject.check();
  },
);
