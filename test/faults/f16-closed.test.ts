import { mutate } from '../support/mutate.ts';
import { openRawSocket, subscribeFrame } from '../support/raw-socket.ts';
import { connect, jobWhere, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { countAlive, eventuallyAlive, inspected } from './support/inspector.ts';
import { holdQuiet } from './support/process.ts';
import { startSubject } from './support/subject.ts';
import { hold, Violation } from './support/violation.ts';

const socketsAtOnce = 5;
/** A socket carries a hundred operations. */
const onEach = 80;
const rounds = 25;
const total = rounds * socketsAtOnce * onEach;
/** One thing of each that is left behind would be all of them. */
const mostLeft = total / 20;

fault(
  {
    id: 'F16',
    what: `${total.toLocaleString('en-US')} subscriptions are opened and closed, half of them by cutting their socket`,
    promises: ['G3', 'whole', 'alive'],
    runs: { short: 1, long: 5 },
    runTimeoutMs: 300_000,
  },
  async (run) => {
    const subject = await startSubject(run, { env: inspected });
    const { gateway } = subject;
    const { id } = await connect(gateway, { config: { count: 1_000_000, recordsPerSecond: 10 } });
    // A job that stays as it is: its subscriptions have nothing to tell after the first event, and do not complete.
    const jobId = await runConnection(gateway, id);
    await jobWhere(gateway, jobId, ({ status }) => status === 'RUNNING');
    await mutate(gateway, 'pauseSyncJob', { id: jobId });
    await jobWhere(gateway, jobId, ({ status }) => status === 'WAITING');
    const documents = [
      'subscription { syncJobTransitions { id } }',
      `subscription { syncJobTransitions(filter: { syncJobId: "${jobId}" }) { id } }`,
      `subscription { sourceConnectionStatus(sourceConnectionIds: ["${id}"]) { id } }`,
      `subscription { syncJobProgress(syncJobIds: ["${jobId}"]) { id } }`,
      `subscription { syncJobLogs(syncJobId: "${jobId}") { message } }`,
    ];
    const socketUrl = `${gateway.url.replace('http', 'ws')}/graphql`;
    const round = async (cuts: boolean) => {
      const sockets = await Promise.all(Array.from({ length: socketsAtOnce }, () => openRawSocket(socketUrl)));
      await Promise.all(
        sockets.map(async ({ socket, send }) => {
          const answered = (wanted: string) =>
            new Promise<void>((resolve, reject) => {
              socket.on('message', (data) => {
                const frame = JSON.parse(String(data)) as { id?: string; type: string };
                if (frame.type === 'error') reject(new Violation('alive', `a subscription failed: ${String(data)}`));
                if (frame.id === wanted) resolve();
              });
            });
          const opened = answered('opened');
          for (let number = 0; number < onEach; number++) send(subscribeFrame(String(number), documents[run.random(documents.length)] ?? ''));
          send(subscribeFrame('opened', '{ __typename }'));
          await opened;
          if (cuts) return socket.terminate();
          for (let number = 0; number < onEach; number++) send({ id: String(number), type: 'complete' });
          const closed = answered('closed');
          send(subscribeFrame('closed', '{ __typename }'));
          await closed;
          socket.close();
        }),
      );
    };
    for (const cuts of [true, false]) await round(cuts);
    const before = await countAlive(gateway);
    for (let number = 0; number < rounds; number++) await round(number % 2 === 0);
    await eventuallyAlive(gateway, (after) => {
      for (const kind of ['functions', 'abortSignals', 'asyncGenerators', 'resources'] as const)
        hold('alive', after[kind] - before[kind] < mostLeft, `${after[kind]} ${kind} are alive, ${before[kind]} were before`);
      hold('alive', after.heapBytes < before.heapBytes * 1.05, `the heap has ${after.heapBytes} bytes, ${before.heapBytes} before`);
    });
    run.count('subscriptions', total);
    await mutate(gateway, 'cancelSyncJob', { id: jobId });
    await subject.endOf([jobId]);
    holdQuiet(gateway);
    await subject.check();
  },
);
