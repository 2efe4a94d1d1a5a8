import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCuttingProxy } from '../clients/cutting-proxy.ts';
import { connect, run as runConnection } from '../support/sync-jobs.ts';
import { unlessCut } from './support/clients.ts';
import { fault } from './support/fault.ts';
import { caughtUp, follow, holdComplete, storedTransitions } from './support/follower.ts';
import { holdQuiet } from './support/process.ts';
import { isLong } from './support/settings.ts';
import { startSubject } from './support/subject.ts';

const subscribers = isLong ? 2_000 : 200;
const kills = 2;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

fault(
  {
    id: 'F14',
    what: `the gateway is killed (SIGKILL) twice with ${subscribers.toLocaleString('en-US')} subscriptions, and their network is cut again and again`,
    promises: ['G1', 'G2', 'G3', 'G5', 'G6', 'whole', 'alive'],
    runs: { short: 1, long: 5 },
    runTimeoutMs: 300_000,
  },
  async (run) => {
    const subject = await startSubject(run, { env: { PORT: String(await freePort()) } });
    const proxy = await startCuttingProxy(subject.gateway.url);
    run.cleanUp(() => proxy.close());
    const connections = await Promise.all([1, 2, 3].map((number) => connect(subject.gateway, { name: `Data ${number}`, config: { count: 1 } })));
    const followers = Array.from({ length: subscribers }, () => follow(proxy.url));
    run.cleanUp(() => {
      for (const each of followers) each.stop();
    });
    await Promise.all(followers.map(({ began }) => began));

    const jobIds: string[] = [];
    let over = false;
    let ended = 0;
    const nextJobs = async (count: number) => {
      for (const enough = ended + count; ended < enough; ) await sleep(20);
    };
    const working = connections.map(async ({ id }) => {
      while (!over) {
        try {
          const jobId = await runConnection(subject.gateway, id, { ifRunning: 'ATTACH' });
          jobIds.push(jobId);
          await subject.endOf([jobId]);
          ended += 1;
        } catch (error) {
          // Nobody answers while it is down; what the caller does then is another test's.
          if (!(error instanceof Error && /fetch failed/.test(error.message))) unlessCut(error);
          await sleep(50);
        }
      }
    });
    const cutting = (async () => {
      while (!over) {
        await sleep(200 + run.random(1_000));
        const share = 1 + run.random(4);
        proxy.cut(() => run.random(share) === 0);
        run.count('cuts');
      }
    })();
    for (let number = 0; number < kills; number++) {
      await nextJobs(connections.length);
      await sleep(run.random(1_000));
      await subject.kill();
      holdQuiet(subject.gateway);
      await subject.start();
    }
    await nextJobs(connections.length);
    over = true;
    await Promise.all([...working, cutting]);
    await subject.endOf(jobIds);
    const stored = storedTransitions(subject.gateway);
    await caughtUp(followers, stored.length, 60_000);
    holdComplete(followers, stored);
    run.count('transitions', stored.length);
    run.count(
      'connections made again',
      followers.reduce((sum, { closeCodes }) => sum + closeCodes.length, 0),
    );
    for (const each of followers) each.stop();
    holdQuiet(subject.gateway);
    await subject.check();
  },
);
