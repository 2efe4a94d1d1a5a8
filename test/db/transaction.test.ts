import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inTransaction, type Transaction, type Witness } from '../../src/db/transaction.ts';
import { TransactionTimeoutError } from '../../src/db/watchdog.ts';
import { type OpenServices, openServices } from '../support/services.ts';

let open: OpenServices;
beforeEach(async () => {
  open = await openServices();
});
afterEach(() => open.close());

const insert = (tx: Transaction, id: string) => tx.db.insertInto('organization').values({ id, name: id, created_at: 0 }).execute();
const ids = async () => (await open.gateway.db.selectFrom('organization').select('id').where('id', 'like', 'org_t%').execute()).map(({ id }) => id);

async function other(how: 'hold' | 'write', milliseconds: number): Promise<{ child: ChildProcess; ended: Promise<string> }> {
  const script = new URL('./hold-lock.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, open.control.native.name, how, String(milliseconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ended = once(child, 'exit').then(() => printed);
  await once(child.stdout, 'data');
  return { child, ended };
}

test('what is published is told after the commit, when it can be read', async () => {
  const { events } = open.gateway;
  const seen: unknown[] = [];
  events.watch(['a topic'], () => seen.push(open.control.native.prepare(`select count(*) from organization where id = 'org_t1'`).pluck().get()));
  await inTransaction(open.gateway, async (tx) => {
    tx.publish('a topic');
    await insert(tx, 'org_t1');
    await sleep(50);
    expect(seen).toEqual([]);
  });
  await sleep(50);
  expect(seen).toEqual([1]);
});

test('what fails is rolled back, and nothing is published', async () => {
  let woken = 0;
  open.gateway.events.watch(['another topic'], () => woken++);
  const failing = inTransaction(open.gateway, async (tx) => {
    tx.publish('another topic');
    await insert(tx, 'org_t1');
    throw new Error('changed our mind');
  });
  await expect(failing).rejects.toThrow('changed our mind');
  await sleep(100);
  expect([await ids(), woken]).toEqual([[], 0]);
});

test('a witness writes with the work: both are stored or neither, and it is told what to call it', async () => {
  const told: unknown[] = [];
  const witness: Witness = {
    async beforeCommit(tx, done) {
      told.push(done);
      await insert(tx, `org_t_witness_${told.length}`);
    },
    afterCommit: () => told.push('stored'),
  };
  const scope = { ...open.gateway, witness };
  await inTransaction(scope, async (tx) => {
    await insert(tx, 'org_t1');
    return 'done';
  });
  expect(told).toEqual([{ outcome: 'SUCCESS', result: 'done' }, 'stored']);
  await inTransaction(scope, async (tx) => tx.report('CONFLICT'));
  expect(told.slice(2)).toEqual([{ outcome: 'CONFLICT', result: undefined }, 'stored']);
  await inTransaction(scope, async (tx) => tx.report(null));
  expect(told).toHaveLength(4);
  const failing = inTransaction({ ...scope, witness: { ...witness, beforeCommit: () => Promise.reject(new Error('no pen')) } }, (tx) =>
    insert(tx, 'org_t2'),
  );
  await expect(failing).rejects.toThrow('no pen');
  expect(await ids()).toEqual(['org_t1', 'org_t_witness_1', 'org_t_witness_3']);
});

test('transactions of two processes wait for each other, none fails', async () => {
  const { ended } = await other('write', 1_500);
  let written = 0;
  const end = Date.now() + 1_500;
  while (Date.now() < end) {
    await inTransaction(open.gateway, async (tx) => {
      // Read first, write later: the snapshot must be the newest from the beginning.
      await tx.db.selectFrom('organization').select('id').limit(1).execute();
      await insert(tx, `org_t${++written}`);
    });
  }
  const [, theirs] = /written (\d+)/.exec(await ended) ?? [];
  expect(await ids()).toHaveLength(written);
  expect(written).toBeGreaterThan(0);
  expect(open.control.native.prepare(`select count(*) from organization where id like 'org_other_%'`).pluck().get()).toBe(Number(theirs));
});

test('the event loop goes on while another process holds the lock for two seconds', async () => {
  const { ended } = await other('hold', 2_000);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedAt = performance.now();
  await inTransaction(open.gateway, (tx) => insert(tx, 'org_t1'));
  const waitedMs = performance.now() - startedAt;
  delay.disable();
  await ended;
  expect(waitedMs).toBeGreaterThan(500);
  // A busy wait would be all of it; 20 ms are allowed at a time, the rest is for a machine that has other things to do.
  expect(delay.max / 1e6).toBeLessThan(1_000);
  expect(await ids()).toEqual(['org_t1']);
});

test('what waits for another transaction, which waits for it, is given up and changes nothing; whoever wrote behind it goes on', async () => {
  let late: Promise<unknown> | undefined;
  const hanging = inTransaction(open.gateway, async (tx) => {
    await insert(tx, 'org_t1');
    late = inTransaction(open.gateway, (inner) => insert(inner, 'org_t2')).then(() => insert(tx, 'org_t3'));
    // Nobody else looks at it once this is given up.
    late.catch(() => {});
    await late;
  });
  const behind = inTransaction(open.gateway, (tx) => insert(tx, 'org_t4'));
  const error = await hanging.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TransactionTimeoutError);
  expect((error as Error & { cause: Error }).cause.stack).toContain('transaction.test.ts');
  await behind;
  await expect(late).rejects.toThrow('rolled back');
  expect(await ids()).toEqual(['org_t2', 'org_t4']);
});

test('after SQLite has rolled back by itself, as it does on a full disk, the next transaction has its turn', async () => {
  const full = inTransaction(open.gateway, async (tx) => {
    await insert(tx, 'org_t1');
    open.control.native.exec('rollback');
    throw new Error('database or disk is full');
  });
  await expect(full).rejects.toThrow('database or disk is full');
  await inTransaction(open.gateway, (tx) => insert(tx, 'org_t2'));
  expect(await ids()).toEqual(['org_t2']);
});
