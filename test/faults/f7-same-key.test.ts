import { setTimeout as sleep } from 'node:timers/promises';
import { type MutationResult, mutate } from '../support/mutate.ts';
import { connect } from '../support/sync-jobs.ts';
import { unlessCut } from './support/clients.ts';
import { fault } from './support/fault.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const parallel = 50;

fault(
  {
    id: 'F7',
    what: 'the same mutation arrives 50 times at once with one idempotency key; every other time the process is killed meanwhile and all are sent again',
    promises: ['G1', 'G2', 'G5', 'whole'],
    runs: { short: 1, long: 25 },
  },
  async (run) => {
    const subject = await startSubject(run);
    const { id } = await connect(subject.gateway, { config: { count: 5 } });
    for (const kills of [false, true]) {
      const idempotencyKey = `key-${run.seed}-${kills}`;
      const send = (input: object) => mutate(subject.gateway, 'runSourceConnection', { id, idempotencyKey, ...input });
      const sendAll = () => Array.from({ length: parallel }, () => send({}));
      const heard: MutationResult[] = [];
      if (kills) {
        const cut = sendAll().map((answer) => answer.then((result) => heard.push(result)).catch(unlessCut));
        await sleep(run.random(300));
        await subject.kill();
        await Promise.all(cut);
        await subject.start();
        run.count('kills');
        run.count('answers before a kill', heard.length);
      }
      heard.push(...(await Promise.all(sendAll())));
      const ids = new Set(heard.map((result) => result['syncJob']?.id ?? JSON.stringify(result)));
      hold('G1', ids.size === 1, `one key was answered with ${[...ids].join(', ')}`);
      const [jobId = ''] = ids;
      subject.acknowledged(`the job ${jobId}`, 'select 1 from sync_job where id = ? and source_connection_id = ?', jobId, id);
      const other = await send({ mode: 'FULL_REFRESH' });
      hold('G1', other['code'] === 'CONFLICT', `the key with other input was answered with ${JSON.stringify(other)}`);
      await subject.endOf([jobId]);
      run.count('calls', heard.length + 1);
    }
    subject.acknowledged('two jobs, no more', 'select 1 where (select count(*) from sync_job) = 2');
    await subject.check();
  },
);
