import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, finishedJob, runConnection } from './connections.ts';
import type { Question } from './fan-out-clients.ts';
import { startBenchGateway } from './gateway.ts';
import { type Bench, percentile } from './measure.ts';
import { startHelper, startServer } from './process.ts';
import type { Operation } from './sockets.ts';

const subscription = `subscription($filter: SyncJobTransitionFilter!) {
  syncJobTransitions(filter: $filter) {
    id cursor sequence from to occurredAt reason
    syncJob { id version status recordsRead sourceConnection { id name status } }
  }
}`;

/** From a transition to each of a thousand subscribers of one job, against `ws` sending the same bytes to as many. */
export const run: Bench = async ({ quick, keys }) => {
  const subscribers = 1000;
  const jobs = quick ? 4 : 20;
  const gateway = await startBenchGateway({ keys });
  const bare = await startServer(['bench/fan-out-bare.ts']);
  const clients = startHelper<Question, { latenciesMs: number[]; sample: string }>('./fan-out-clients.ts');
  try {
    // A job of a quarter of a second: the two events that are watched do not meet.
    const { id } = await createConnection(gateway, {
      name: 'Fake shop',
      sourceShortName: 'faker',
      config: { count: 50, recordsPerSecond: 200 },
      streams: [{ name: 'orders' }],
      syncImmediately: false,
    });
    const variables = { filter: { sourceConnectionId: id, to: ['RUNNING', 'SUCCEEDED'] } };
    const operation: Operation = { query: subscription, variables, headers: gateway.headers };
    for (const { url } of [gateway, bare]) await clients.ask({ url, open: subscribers, operation });
    await sleep(1000);
    const latencies: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
    for (let index = 0; index <= jobs; index += 1) {
      await finishedJob(gateway, await runConnection(gateway, id, 'FULL_REFRESH'), 100);
      const deliveries = 2 * subscribers;
      const heard = await clients.ask({ url: gateway.url, deliveries });
      expectEverybody(heard.latenciesMs, deliveries);
      await sleep(300);
      for (let event = 0; event < 2; event += 1) {
        await fetch(bare.url, { method: 'POST', body: heard.sample });
        await sleep(300);
      }
      const bareHeard = await clients.ask({ url: bare.url, deliveries });
      expectEverybody(bareHeard.latenciesMs, deliveries);
      if (index === 0) continue;
      latencies.ours.push(...heard.latenciesMs);
      latencies.bare.push(...bareHeard.latenciesMs);
    }
    const at = (share: number) => ({ ours: percentile(latencies.ours, share), bare: percentile(latencies.bare, share) });
    return [
      { what: `an event to ${subscribers} subscribers, p50`, unit: 'ms', ...at(0.5) },
      { what: `an event to ${subscribers} subscribers, p99`, unit: 'ms', ...at(0.99), aim: 'at most 4 times bare' },
    ];
  } finally {
    await Promise.all([clients.end(), bare.end()]);
    await gateway.cleanUp();
  }
};

function expectEverybody(latencies: readonly number[], expected: number): void {
  if (latencies.length !== expected) throw new Error(`${latencies.length} deliveries instead of ${expected}`);
}
