import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { HeadgateError, watchSyncJobs } from '../../src/client/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type Connected, connect, endOf, readJob, run } from '../support/sync-jobs.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { over, read, stepsByJob, type Transition } from './transitions.ts';

let gateway: Gateway;
let proxy: CuttingProxy;
beforeAll(async () => {
  gateway = await startGateway();
  proxy = await startCuttingProxy(gateway.url);
});
afterAll(async () => {
  await proxy?.close();
  await gateway?.cleanUp();
});

const quick = { count: 20 };
const watch = (connection: Connected, options: object = {}) =>
  watchSyncJobs({ url: `${proxy.url}/graphql`, filter: { sourceConnectionId: connection.id }, history: 'all', maxRetryDelayMs: 500, ...options });

/** What the gateway says that there was: the same steps, each once, in order. */
async function expectAll(api: Gateway, seen: readonly Transition[], jobIds: readonly string[]) {
  const jobs = await Promise.all(jobIds.map((id) => readJob(api, id)));
  expect(stepsByJob(seen)).toEqual(Object.fromEntries(jobs.map(({ id, transitions }) => [id, transitions.map((_, index) => index + 1)])));
  for (const { id, transitions } of jobs) {
    expect(seen.filter(({ syncJob }) => syncJob.id === id).map(({ to }) => to)).toEqual(transitions.map(({ to }) => to));
  }
}

/** One job after the other, since a source connection has one at a time. */
async function runInTurn(api: Gateway, connection: Connected, times: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < times; index++) {
    ids.push(await run(api, connection.id, { mode: 'FULL_REFRESH' }));
    await endOf(api, ids[index] ?? '');
  }
  return ids;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return address.port;
}

describe('watching sync jobs', { timeout: 120_000 }, () => {
  it('gives what was and what comes, without a gap in between', async () => {
    const connection = await connect(gateway, { config: quick });
    const before = await runInTurn(gateway, connection, 2);
    const [seen, after] = await Promise.all([read(watch(connection), over(5)), runInTurn(gateway, connection, 3)]);
    await expectAll(gateway, seen, [...before, ...after]);
    expect(seen.at(-1)).toMatchObject({
      to: 'SUCCEEDED',
      syncJob: { status: 'SUCCEEDED', recordsRead: 23 },
      sourceConnection: { id: connection.id },
    });
  });

  it('gives as much of the past as was asked for', async () => {
    const connection = await connect(gateway, { config: quick });
    await runInTurn(gateway, connection, 1);
    const [seen, [job]] = await Promise.all([
      read(watch(connection, { history: 1 }), over(2)),
      // The list must be there before the next job.
      sleep(500).then(() => runInTurn(gateway, connection, 1)),
    ]);
    expect(seen.map(({ sequence, to }) => [sequence, to])).toEqual([
      [3, 'SUCCEEDED'],
      [1, 'PENDING'],
      [2, 'RUNNING'],
      [3, 'SUCCEEDED'],
    ]);
    expect(seen.at(-1)?.syncJob.id).toBe(job);
  });

  it('begins with what comes when nothing of the past is asked for, also when there is no past', async () => {
    const connection = await connect(gateway, { config: quick });
    const items = watch(connection, { history: 0 });
    const [seen] = await Promise.all([read(items, over(1)), sleep(500).then(() => runInTurn(gateway, connection, 1))]);
    expect(seen.map(({ to }) => to)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);
  });

  it('goes on behind a cursor that was kept', async () => {
    const connection = await connect(gateway, { config: quick });
    const jobs = await runInTurn(gateway, connection, 2);
    const first = await read(watch(connection), ({ length }) => length === 4);
    const rest = await read(watch(connection, { after: first.at(-1)?.cursor }), over(1));
    await expectAll(gateway, [...first, ...rest], jobs);
  });

  it('loses and doubles nothing on a network that is cut again and again', async () => {
    const connection = await connect(gateway, { config: { count: 40, recordsPerSecond: 200 } });
    const retries: HeadgateError[] = [];
    let done = false;
    const cutting = (async () => {
      while (!done) {
        await sleep(Math.random() * 400);
        proxy.cut();
      }
    })();
    const reading = read(watch(connection, { onRetry: (error: HeadgateError) => retries.push(error) }), over(12));
    const jobs = await runInTurn(gateway, connection, 12);
    done = true;
    await cutting;
    await expectAll(gateway, await reading, jobs);
    expect(retries.length).toBeGreaterThan(2);
    expect(retries.every(({ retryable }) => retryable)).toBe(true);
  });

  it('notices that a connection is dead although nobody closed it', async () => {
    const connection = await connect(gateway, { config: quick });
    await noSocketIsLeft();
    const reading = read(watch(connection, { keepAliveMs: 200 }), over(1));
    await eventually(() => expect(proxy.openSockets()).toBe(1));
    await sleep(100);
    const before = proxy.countSockets();
    proxy.freeze();
    const jobs = await runInTurn(gateway, connection, 1);
    await expectAll(gateway, await reading, jobs);
    expect(proxy.countSockets()).toBeGreaterThan(before);
    // Node waits for the answer to its close frame for as long as the network does not fail.
    proxy.cut();
  });

  it('drops what comes twice', async () => {
    class Stuttering extends WebSocket {}
    Object.defineProperty(Stuttering.prototype, 'onmessage', {
      set(this: WebSocket, listener: ((event: WebSocket.MessageEvent) => void) | null) {
        for (const _ of [1, 2]) if (listener) this.addEventListener('message', (event) => listener(event));
      },
    });
    const connection = await connect(gateway, { config: quick });
    const items = watch(connection, { webSocketImpl: Stuttering });
    const [seen, jobs] = await Promise.all([read(items, over(2)), runInTurn(gateway, connection, 2)]);
    await expectAll(gateway, seen, jobs);
  });

  it('ends without an error when its signal aborts, and closes its socket', async () => {
    const connection = await connect(gateway);
    const controller = new AbortController();
    const items = watch(connection, { signal: controller.signal });
    const pending = items.next();
    await eventually(() => expect(proxy.openSockets()).toBe(1));
    controller.abort();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await noSocketIsLeft();
  });

  it('lets go of a pending step and of its socket when its reader leaves', async () => {
    const connection = await connect(gateway);
    const items = watch(connection);
    const pending = items.next();
    await eventually(() => expect(proxy.openSockets()).toBe(1));
    expect(await items.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    await noSocketIsLeft();
  });

  it('lets go of a socket that is not connected yet', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address() as { port: number };
    const open = new Set<Socket>();
    silent.on('connection', (socket) => {
      open.add(socket);
      socket.resume();
      for (const end of ['error', 'close']) socket.on(end, () => open.delete(socket));
    });
    for (const webSocketImpl of [globalThis.WebSocket, WebSocket]) {
      const items = watchSyncJobs({ url: `http://127.0.0.1:${address.port}/graphql`, after: 'any', webSocketImpl });
      const pending = items.next();
      await eventually(() => expect(open.size).toBe(1));
      await items.return?.();
      expect(await pending).toEqual({ done: true, value: undefined });
      await eventually(() => expect(open.size).toBe(0));
    }
    await new Promise((resolve) => silent.close(resolve));
  });

  it('fails when what was asked for will never be there', async () => {
    const unknown = (await connect(gateway)).collectionId.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const items = watchSyncJobs({ url: `${gateway.url}/graphql`, filter: { collectionId: unknown } });
    const error = await items.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(HeadgateError);
    expect(error).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  });

  it('fails when the address is not one of a gateway', async () => {
    const items = watchSyncJobs({ url: `${gateway.url}/nowhere` });
    await expect(items.next()).rejects.toThrow('There is nothing here. GraphQL is at /graphql.');
  });

  it('lists again when the log does not reach its cursor any more, and says so', async () => {
    const longer = await connect(gateway, { config: quick });
    await runInTurn(gateway, longer, 1);
    const [newest] = await read(watch(longer, { history: 1 }), () => true);
    const restored = await startGateway();
    try {
      const connection = await connect(restored, { config: quick });
      const items = watchSyncJobs({ url: `${restored.url}/graphql`, after: newest?.cursor });
      expect(await items.next()).toEqual({ done: false, value: { kind: 'reset' } });
      const [seen, jobs] = await Promise.all([read(items, over(1)), runInTurn(restored, connection, 1)]);
      await expectAll(restored, seen, jobs);
    } finally {
      await restored.cleanUp();
    }
  });

  it('sees every step of every job once although the gateway is killed and started again', async () => {
    const env = { PORT: String(await freePort()) };
    let killed = await startGateway({ env });
    try {
      const connection = await connect(killed, { config: { count: 600, recordsPerSecond: 150 } });
      const { dataDir, url } = killed;
      const reading = read(
        watchSyncJobs({ url: `${url}/graphql`, filter: { sourceConnectionId: connection.id }, history: 'all', maxRetryDelayMs: 500 }),
        over(3),
        120_000,
      );
      const jobs = await runInTurn(killed, connection, 1);
      const interrupted = await run(killed, connection.id, { mode: 'FULL_REFRESH' });
      await sleep(1000);
      await killed.kill();
      killed = await startGateway({ env, dataDir });
      await endOf(killed, interrupted, 60_000);
      const last = await runInTurn(killed, connection, 1);
      await expectAll(killed, await reading, [...jobs, interrupted, ...last]);
    } finally {
      await killed.cleanUp();
    }
  }, 180_000);
});

async function noSocketIsLeft() {
  await eventually(() => expect(proxy.openSockets()).toBe(0));
}
