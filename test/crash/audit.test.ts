import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type MutationResult, mutate } from '../support/mutate.ts';
import { seeded } from '../support/seeded.ts';

let gateway: Gateway | undefined;
afterEach(async () => {
  await gateway?.cleanUp();
});
const open = async (dataDir?: string) => {
  gateway = await startGateway(dataDir ? { dataDir } : {});
  return gateway;
};

/** A client whose gateway is gone; everything else is a failure. */
const unlessKilled = (error: unknown) => {
  if (!(error instanceof TypeError)) throw error;
};

type Counts = Record<string, number>;
const add = (counts: Counts, key: string) => {
  counts[key] = (counts[key] ?? 0) + 1;
};

/** What was done according to the rows and according to the audit log, each as `operation object` with the number of times. */
function done(dataDir: string): { rows: Counts; entries: Counts; outcomes: Counts } {
  const database = new Database(join(dataDir, 'headgate.db'), { readonly: true });
  const all = <Row>(sql: string) => database.prepare(sql).all() as Row[];
  const [rows, entries, outcomes]: [Counts, Counts, Counts] = [{}, {}, {}];
  for (const { id, deleted_at } of all<{ id: string; deleted_at: number | null }>('select id, deleted_at from collection')) {
    add(rows, `createCollection ${id}`);
    if (deleted_at !== null) add(rows, `deleteCollection ${id}`);
  }
  for (const { id, version } of all<{ id: string; version: number }>("select id, version from source_connection where name = 'Never synced'")) {
    add(rows, `createSourceConnection ${id}`);
    for (let update = 1; update < version; update++) add(rows, `updateSourceConnection ${id}`);
  }
  for (const { id } of all<{ id: string }>("select id from source_connection where name <> 'Never synced'"))
    add(rows, `createSourceConnection ${id}`);
  for (const job of all<{ source_connection_id: string }>("select source_connection_id from sync_job where trigger = 'MANUAL'"))
    add(rows, `runSourceConnection ${job.source_connection_id}`);
  for (const { operation, object_id, outcome } of all<{ operation: string; object_id: string | null; outcome: string }>(
    'select * from audit_entry',
  )) {
    if (outcome === 'SUCCESS') add(entries, `${operation} ${object_id}`);
    add(outcomes, `${operation} ${outcome}`);
  }
  database.close();
  return { rows, entries, outcomes };
}

test('what was answered is in the audit log, and nothing was done without its entry, whenever the process is killed', async () => {
  const random = seeded(20261123);
  const answered: Counts = {};
  const tell = (operation: string, result: MutationResult) => {
    add(answered, `${operation} ${result['code'] ?? 'SUCCESS'}`);
    return result;
  };
  const first = await open();
  const connection = async (name: string) =>
    tell(
      'createSourceConnection',
      await mutate(first, 'createSourceConnection', {
        name,
        sourceShortName: 'faker',
        config: { count: 1 },
        streams: [{ name: 'orders' }],
        collection: { id: shop },
        runSetupTests: false,
        syncImmediately: false,
      }),
    )['sourceConnection'].id as string;
  const shop = tell('createCollection', await mutate(first, 'createCollection', { name: 'Shop' }))['collection'].id as string;
  const [still, busy] = [await connection('Never synced'), await connection('Synced')];

  /** Sends one mutation after the other until nobody answers. */
  const work = async (api: Gateway, heard: () => void) => {
    const send = async (operation: string, input: object) => {
      const result = tell(operation, await mutate(api, operation, input));
      heard();
      return result;
    };
    for (;;) {
      const made = await send('createCollection', { name: 'Another' });
      await send('updateSourceConnection', { id: still, description: String(random(1000)) });
      await send('runSourceConnection', { id: busy, ifRunning: 'REJECT', idempotencyKey: String(random(2 ** 31)) });
      await send('createCollection', { name: '' });
      if (random(2) === 0) await send('deleteCollection', { id: made['collection'].id });
      await send('createSourceConnection', {
        name: random(2) === 0 ? 'Never synced' : 'Other',
        sourceShortName: 'faker',
        collection: { id: shop },
        runSetupTests: random(8) === 0,
        syncImmediately: false,
        idempotencyKey: String(random(2 ** 31)),
      });
    }
  };

  let current = first;
  for (let kill = 0; kill < 3; kill++) {
    if (kill > 0) current = await open(current.dataDir);
    // The first is killed at once after an answer, the others a moment later, in the midst of something.
    let wanted = kill === 0 ? 1 : 20 + random(20);
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const heard = () => {
      if (--wanted === 0) resolve();
    };
    const clients = Array.from({ length: 4 }, () => work(current, heard).catch(unlessKilled));
    await enough;
    if (kill > 0) await sleep(random(20));
    await current.kill();
    await Promise.all(clients);
    const { rows, entries, outcomes } = done(current.dataDir);
    expect(entries).toEqual(rows);
    for (const [call, times] of Object.entries(answered)) expect([call, (outcomes[call] ?? 0) >= times]).toEqual([call, true]);
  }
  expect(Object.keys(answered).sort()).toEqual(
    expect.arrayContaining([
      'createCollection SUCCESS',
      'createCollection VALIDATION_FAILED',
      'deleteCollection SUCCESS',
      'runSourceConnection SUCCESS',
    ]),
  );
}, 120_000);
