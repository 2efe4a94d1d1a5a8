import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { plainCanary } from '../support/canary.ts';
import { readControlRows } from '../support/control-rows.ts';
import { fakeRecords } from '../support/fake-records.ts';
import { mutate } from '../support/mutate.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { connect, jobWhere, run as runConnection } from '../support/sync-jobs.ts';
import { workUntilCut } from './support/clients.ts';
import { fault } from './support/fault.ts';
import { holdQuiet } from './support/process.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const modes = ['INCREMENTAL_DEDUPED', 'INCREMENTAL_APPEND', 'FULL_REFRESH_OVERWRITE', 'FULL_REFRESH_APPEND'] as const;
const count = 2_000;
const promisedMs = 15_000;

/** A source that answers when it is told to. */
async function serveSlowly() {
  let answer = () => {};
  let asked = () => {};
  const wasAsked = new Promise<void>((resolve) => (asked = resolve));
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
  const server = createServer(async (_request, response) => {
    asked();
    await mayAnswer;
    response.end('id,name\n1,Ann\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/slow.csv`, wasAsked, answer, close };
}

fault(
  {
    id: 'F17',
    what: 'SIGTERM in the middle of four syncs, mutations and subscriptions, a request under way and a peer that reads nothing; then it is started again',
    promises: ['G1', 'G2', 'G3', 'G4', 'G5', 'whole', 'alive'],
    runs: { short: 1, long: 25 },
  },
  async (run) => {
    const slow = await serveSlowly();
    run.cleanUp(slow.close);
    const subject = await startSubject(run);
    const { gateway } = subject;
    const connections = await Promise.all(
      modes.map((syncMode) =>
        connect(gateway, { name: syncMode, config: { count, recordsPerSecond: 400 }, streams: [{ name: 'orders', syncMode }] }),
      ),
    );
    const jobIds = await Promise.all(connections.map(({ id }) => runConnection(gateway, id)));
    for (const id of jobIds) await jobWhere(gateway, id, ({ recordsRead }) => recordsRead > 0);

    const socketUrl = `${gateway.url.replace('http', 'ws')}/graphql`;
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openRawSocket(socketUrl)));
    for (const each of sockets) each.send(subscribeFrame('1', 'subscription { syncJobTransitions { sequence } }'));
    const frozen = await openRawSocket(socketUrl);
    const ids = jobIds.map((id) => `"${id}"`).join(', ');
    frozen.send(subscribeFrame('1', `subscription { syncJobProgress(syncJobIds: [${ids}]) { recordsRead streams { name recordsRead } } }`));
    await frozen.next();
    frozen.socket.pause();
    run.cleanUp(() => {
      for (const { socket } of [...sockets, frozen]) socket.terminate();
    });
    const clients = Promise.all(
      [1, 2].map(() =>
        workUntilCut(
          subject,
          run,
          connections.map(({ id }) => id),
        ),
      ),
    );
    const credentials = { authMethod: 'CREDENTIALS', credentials: { username: 'reader', password: plainCanary('password') } };
    const underWay = mutate(gateway, 'testSource', { sourceShortName: 'files', config: { url: slow.url }, ...credentials });
    await slow.wasAsked;
    await sleep(run.random(500));

    const startedAt = performance.now();
    const stopping = gateway.stop();
    const isReady = async () => (await fetch(`${gateway.url}/readyz`).catch(() => null))?.status === 200;
    while (await isReady()) {
      hold('alive', performance.now() - startedAt < promisedMs, 'it calls itself ready long after SIGTERM');
      await sleep(5);
    }
    const notReadyMs = performance.now() - startedAt;
    // Only now, so that it was under way for as long.
    slow.answer();
    const { test } = await underWay;
    hold('alive', test?.status === 'PASSED', `the request that was under way got ${JSON.stringify(test)}`);
    const status = await stopping;
    const tookMs = performance.now() - startedAt;
    hold('alive', status === 0 && tookMs < promisedMs, `it left with ${status} after ${Math.round(tookMs)} ms`);
    const codes = await Promise.all(sockets.map(({ closed }) => closed));
    hold(
      'alive',
      codes.every((code) => code === 1012),
      `sockets were closed with ${[...new Set(codes)].join(', ')}`,
    );
    await clients;
    holdQuiet(gateway);
    const rows = readControlRows(subject, (database) =>
      database.prepare<[], { status: string; attempt: number; lease_token: string | null; records_read: number }>('select * from sync_job').all(),
    );
    for (const row of rows)
      hold(
        'G3',
        row.status === 'WAITING' && row.lease_token === null && row.attempt === 1 && row.records_read > 0,
        `a job was left as ${JSON.stringify(row)}`,
      );
    run.count('ms until it was not ready', Math.round(notReadyMs));
    run.count('ms until it had left', Math.round(tookMs));

    await subject.start();
    for (const job of await subject.endOf(jobIds, 60_000))
      hold('G3', job.status === 'SUCCEEDED' && job.attempt === 1, `a job went on to ${job.status} in attempt ${job.attempt}`);
    run.count('acknowledged mutations', subject.acknowledgements());
    await subject.check(new Map(connections.map(({ id }) => [id, { orders: fakeRecords('orders', count) }])));
  },
);
