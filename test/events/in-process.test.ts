import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createInProcessEvents, type InProcessEventsOptions } from '../../src/events/in-process.ts';
import { eventsContract } from '../support/events-contract.ts';

/** Long enough that no test is saved by the floor. */
const never = 3_600_000;

function open(options: Partial<InProcessEventsOptions> = {}) {
  const events = createInProcessEvents({ id: randomUUID(), pollMs: never, onError: () => {}, ...options });
  onTestFinished(() => events.close());
  return events;
}

eventsContract('in process', async () => {
  const id = randomUUID();
  return [createInProcessEvents({ id, pollMs: never, onError: () => {} }), createInProcessEvents({ id, pollMs: never, onError: () => {} })];
});

it('hears a worker thread, and the thread ends although it still watches', async () => {
  const id = randomUUID();
  const events = open({ id });
  const wake = vi.fn();
  events.watch(['sync-job:job_1'], wake);
  const worker = new Worker(
    `import { workerData } from 'node:worker_threads';
     const { createInProcessEvents } = await import(workerData.module);
     const events = createInProcessEvents({ id: workerData.id });
     events.watch(['cancel'], () => {});
     events.publish('sync-job:job_1');`,
    { eval: true, workerData: { id, module: new URL('../../src/events/in-process.ts', import.meta.url).href } },
  );
  const exitCode = await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  expect(exitCode).toBe(0);
  await vi.waitFor(() => expect(wake).toHaveBeenCalled(), 10_000);
});

it('keeps two gateways in one process apart', async () => {
  const one = open();
  const other = open();
  const wakeOne = vi.fn();
  const wakeOther = vi.fn();
  one.watch(['transitions'], wakeOne);
  other.watch(['transitions'], wakeOther);
  one.publish('transitions');
  await vi.waitFor(() => expect(wakeOne).toHaveBeenCalled(), 10_000);
  await delay(20);
  expect(wakeOther).not.toHaveBeenCalled();
});

it('wakes every watcher once when the database has changed and no hint came', async () => {
  let commits = 1;
  const events = open({ pollMs: 5, changed: () => commits-- > 0 });
  const wake = vi.fn();
  const another = vi.fn();
  events.watch(['transitions', 'logs'], wake);
  events.watch(['sync-job:job_1'], another);
  await vi.waitFor(() => expect(another).toHaveBeenCalled(), 10_000);
  await delay(50);
  expect(wake).toHaveBeenCalledTimes(1);
  expect(another).toHaveBeenCalledTimes(1);
});

it('reports what a watcher and the look at the database throw, and goes on polling', async () => {
  const onError = vi.fn();
  const failures = [new Error('the database is closed')];
  const events = open({
    pollMs: 5,
    onError,
    changed: async () => {
      const failure = failures.pop();
      if (failure) throw failure;
      return true;
    },
  });
  const broken = new Error('this watcher is broken');
  events.watch(['transitions'], () => {
    throw broken;
  });
  await vi.waitFor(() => expect(onError).toHaveBeenCalledWith(broken), 10_000);
  expect(onError.mock.calls[0]).toEqual([new Error('the database is closed')]);
});
