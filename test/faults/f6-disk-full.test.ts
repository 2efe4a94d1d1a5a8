import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fakeRecords } from '../support/fake-records.ts';
import { mutate } from '../support/mutate.ts';
import { connect, jobWhere, recordsOf, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { mountSmallDisk, noSmallDisk } from './support/small-disk.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const count = 4_000;

fault(
  {
    id: 'F6',
    what: 'the disk is full to the last byte in the middle of a sync and of mutations, and has room again',
    promises: ['G1', 'G3', 'G4', 'G5', 'whole'],
    runs: { short: 1, long: 20 },
    notHere: noSmallDisk(),
  },
  async (run) => {
    const disk = mountSmallDisk(run);
    const dataDir = join(disk.path, 'data');
    mkdirSync(dataDir);
    const subject = await startSubject(run, { dataDir, env: { HEADGATE_RETRY_BASE_MS: '500' } });
    const { gateway } = subject;
    const ready = async () => (await fetch(`${gateway.url}/readyz`)).json() as Promise<{ status: string }>;
    hold('whole', (await ready()).status === 'ok', 'a gateway with a free disk is not ready');
    const still = await connect(gateway, { name: 'Synced before', config: { count: 100 }, streams: [{ name: 'orders' }] });
    const busy = await connect(gateway, { name: 'Being synced', config: { count, recordsPerSecond: 2_000 }, streams: [{ name: 'orders' }] });
    await subject.endOf([await runConnection(gateway, still.id)]);
    const jobId = await runConnection(gateway, busy.id);
    const after = run.random(1_500);
    await jobWhere(gateway, jobId, ({ status, recordsRead }) => status === 'RUNNING' && recordsRead >= after);
    disk.fill();

    // The log of writes that is there already may take some more.
    let refused = 0;
    for (let attempt = 0; attempt < 1_000 && refused < 20; attempt++) {
      const name = `Made ${attempt} on a full disk`;
      const answer = await execute(gateway, name);
      if (answer.id) subject.acknowledged(name, 'select 1 from collection where id = ? and name = ?', answer.id, name);
      else {
        hold('G1', answer.code === 'STORAGE_FULL', `a mutation on a full disk was answered with ${JSON.stringify(answer)}`);
        refused++;
      }
      run.count(answer.id ? 'mutations that still fitted' : 'refused as STORAGE_FULL');
    }
    hold('whole', refused > 0, 'the disk was not full');
    hold('whole', (await ready()).status === 'degraded', 'a gateway on a full disk is not degraded');
    const { syncJobs } = await gateway.query('{ syncJobs(first: 10) { nodes { id status } } }');
    hold('whole', syncJobs.nodes.length === 2, 'what is there cannot be read');
    hold('whole', (await recordsOf(gateway, still.collectionId)).length === 100, 'records that are there cannot be read');

    disk.free();
    hold('whole', (await ready()).status === 'ok', 'a gateway whose disk has room again is not ready');
    const made = await mutate(gateway, 'createCollection', { name: 'Made again' });
    subject.acknowledged('a collection made again', 'select 1 from collection where id = ?', made['collection'].id);
    const [job] = await subject.endOf([jobId]);
    run.count(`jobs that ${job?.status === 'SUCCEEDED' ? 'went on' : 'failed'}`);
    // One that failed for want of room goes on when it is asked to.
    if (job?.status !== 'SUCCEEDED') {
      const [next] = await subject.endOf([await runConnection(gateway, busy.id)]);
      hold('G4', next?.status === 'SUCCEEDED', `the next job after a full disk is ${JSON.stringify(next?.failure)}`);
    }
    await subject.check(
      new Map([
        [still.id, { orders: fakeRecords('orders', 100) }],
        [busy.id, { orders: fakeRecords('orders', count) }],
      ]),
    );
  },
);

async function execute(gateway: Parameters<typeof mutate>[0] & { execute: (query: string) => Promise<unknown> }, name: string) {
  const query = `mutation { result: createCollection(input: { name: "${name}" }) { ... on UserError { code } ... on CreateCollectionPayload { collection { id } } } }`;
  const { data, errors } = (await gateway.execute(query)) as {
    data?: { result?: { code?: string; collection?: { id: string } } };
    errors?: { extensions?: { code?: string } }[];
  };
  return { id: data?.result?.collection?.id, code: data?.result?.code ?? errors?.[0]?.extensions?.code };
}
