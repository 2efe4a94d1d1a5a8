import { once } from 'node:events';
import WebSocket from 'ws';
import { createConnection, finishedJob, runConnection } from './connections.ts';
import { startBenchGateway } from './gateway.ts';
import { type Bench, percentile } from './measure.ts';
import { startServer } from './process.ts';
import { subscribe } from './sockets.ts';

const subscription = `subscription($filter: SyncJobTransitionFilter!) {
  syncJobTransitions(filter: $filter) { cursor sequence from to occurredAt syncJob { id status } }
}`;

/**
 * From `runSourceConnection` to RUNNING at a subscriber, against the least that commits as much: a request commits a row, a thread takes it and
 * commits again, the news goes out on a WebSocket.
 */
export const run: Bench = async ({ quick, keys }) => {
  const times = quick ? 30 : 100;
  const gateway = await startBenchGateway({ keys });
  const bare = await startServer(['bench/job-start-bare.ts']);
  try {
    const { id } = await createConnection(gateway, { name: 'Fake shop', sourceShortName: 'faker', config: { count: 1 }, syncImmediately: false });
    const variables = { filter: { sourceConnectionId: id, to: ['RUNNING'] } };
    const ours = await subscribe(gateway.url, { query: subscription, variables, headers: gateway.headers });
    const plain = new WebSocket(bare.url);
    await once(plain, 'open');
    const latencies: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
    for (let index = 0; index < times + 5; index += 1) {
      const startedAt = performance.now();
      const heard = once(ours, 'message');
      const jobId = await runConnection(gateway, id);
      await heard;
      if (index >= 5) latencies.ours.push(performance.now() - startedAt);
      await finishedJob(gateway, jobId, 5);

      const bareStartedAt = performance.now();
      await Promise.all([once(plain, 'message'), fetch(bare.url, { method: 'POST' }).then((response) => response.text())]);
      if (index >= 5) latencies.bare.push(performance.now() - bareStartedAt);
    }
    ours.terminate();
    plain.terminate();
    const at = (share: number) => ({ ours: percentile(latencies.ours, share), bare: percentile(latencies.bare, share) });
    return [
      { what: 'runSourceConnection to RUNNING, p50', unit: 'ms', ...at(0.5) },
      { what: 'runSourceConnection to RUNNING, p99', unit: 'ms', ...at(0.99), aim: 'at most 25 ms' },
    ];
  } finally {
    await bare.end();
    await gateway.cleanUp();
  }
};
