import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/connector/connector.ts';
import { createPool, type Pool, ThreadLostError } from '../../src/threads/pool.ts';
import { eventually } from '../support/eventually.ts';
import { seeded } from '../support/seeded.ts';

const setUp = (size: number, graceMs = 300) => {
  const errors: Error[] = [];
  const module = new URL('./tasks.ts', import.meta.url);
  const pool = createPool({ module, size, workerData: null, graceMs, onThreadError: (error) => errors.push(error) });
  onTestFinished(() => pool.close('shutdown'));
  return { pool, errors };
};
const ask = async (pool: Pool, config: JsonObject, signal?: AbortSignal): Promise<string> => {
  const target = { sourceShortName: 'test', config, authMethod: 'NONE', credentials: {} } as const;
  return (await pool.run('check', target, signal ? { signal } : {})).message;
};

test('a task is told why it has to stop', async () => {
  const { pool } = setUp(1, 5_000);
  const controller = new AbortController();
  const answer = ask(pool, { do: 'obey' }, controller.signal);
  await sleep(300);
  controller.abort('cancelled');
  expect(await answer).toBe('cancelled');
});

test.each(['loop', 'ignore'])('a thread that hangs (%s) is ended, its neighbour lives, and another takes its place', async (how) => {
  const { pool } = setUp(2);
  const controller = new AbortController();
  const hung = ask(pool, { do: how }, controller.signal).catch((error: unknown) => error);
  const neighbour = ask(pool, { do: 'wait', ms: 1_500 });
  await sleep(500);
  controller.abort('lost');
  expect(await hung).toBeInstanceOf(ThreadLostError);
  expect(await neighbour).toBe('undisturbed');
  expect(await Promise.all([ask(pool, { do: 'wait', ms: 10 }), ask(pool, { do: 'wait', ms: 10 })])).toEqual(['undisturbed', 'undisturbed']);
});

test('a thread that ends by itself loses its task, and those that wait get another thread', async () => {
  const { pool } = setUp(1);
  const crashed = ask(pool, { do: 'crash' }).catch((error: unknown) => error);
  const waiting = ask(pool, { do: 'wait', ms: 1 });
  expect(await crashed).toBeInstanceOf(ThreadLostError);
  expect(await waiting).toBe('undisturbed');
});

test('a rejection that nobody handles ends its thread and nothing else', async () => {
  const { pool, errors } = setUp(1);
  await expect(ask(pool, { do: 'stray' })).rejects.toBeInstanceOf(ThreadLostError);
  await eventually(() => expect(errors.map(({ message }) => message)).toEqual(['nobody waits for this']));
  expect(await ask(pool, { do: 'wait', ms: 1 })).toBe('undisturbed');
});

test('what a task throws is the caller’s, and the thread goes on', async () => {
  const { pool, errors } = setUp(1);
  await expect(ask(pool, { do: 'fail' })).rejects.toThrow('it failed');
  expect(await ask(pool, { do: 'wait', ms: 1 })).toBe('undisturbed');
  expect(errors).toEqual([]);
});

test('whoever waits for a thread stops waiting when the signal says so', async () => {
  const { pool } = setUp(1, 5_000);
  const busy = new AbortController();
  const first = ask(pool, { do: 'obey' }, busy.signal);
  const controller = new AbortController();
  const waiting = ask(pool, { do: 'wait', ms: 1 }, controller.signal);
  controller.abort('timeout');
  await expect(waiting).rejects.toBeInstanceOf(ThreadLostError);
  await expect(ask(pool, { do: 'wait', ms: 1 }, controller.signal)).rejects.toBeInstanceOf(ThreadLostError);
  busy.abort('cancelled');
  expect(await first).toBe('cancelled');
});

test('to stop one task never stops the next one of its thread', async () => {
  const { pool } = setUp(1, 5_000);
  const random = seeded(3);
  const answers = [];
  for (let round = 0; round < 100; round++) {
    const controller = new AbortController();
    // Told to stop about when it ends anyway.
    const ending = ask(pool, { do: 'wait', ms: 2 }, controller.signal);
    const next = ask(pool, { do: 'wait', ms: 3 });
    setTimeout(() => controller.abort('cancelled'), random(5));
    await ending.catch(() => {});
    answers.push(await next);
  }
  expect(new Set(answers)).toEqual(new Set(['undisturbed']));
});

test('closing tells all tasks, ends those that do not listen, and refuses the rest', async () => {
  const { pool } = setUp(2, 1_500);
  const obedient = ask(pool, { do: 'obey' });
  const hung = ask(pool, { do: 'loop' }).catch((error: unknown) => error);
  const waiting = ask(pool, { do: 'wait', ms: 1 }).catch((error: unknown) => error);
  await sleep(500);
  await pool.close('shutdown');
  expect(await obedient).toBe('shutdown');
  expect(await hung).toBeInstanceOf(ThreadLostError);
  expect(await waiting).toBeInstanceOf(ThreadLostError);
  await expect(ask(pool, { do: 'wait', ms: 1 })).rejects.toBeInstanceOf(ThreadLostError);
});

test('a thread without a task that ends slowly is waited for, and is not said to be hung', async () => {
  const { pool, errors } = setUp(1);
  expect(await ask(pool, { do: 'linger' })).toBe('answered');
  await sleep(200);
  await pool.close('shutdown');
  expect([errors, pool.hung()]).toEqual([[], 0]);
});

test('a pool that is closed while its threads start leaves none behind', async () => {
  const { pool } = setUp(3);
  pool.warm();
  const asked = ask(pool, { do: 'obey' }).catch((error: unknown) => (error instanceof ThreadLostError ? 'lost' : error));
  await pool.close('shutdown');
  expect(['shutdown', 'lost']).toContain(await asked);
});
