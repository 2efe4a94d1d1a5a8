import { setImmediate as nextTick } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { createInProcessEvents } from '../../src/events/in-process.ts';
import { seeded } from './seeded.ts';

const { file, id, seed, transactions, jobs } = workerData as { file: string; id: string; seed: number; transactions: number; jobs: number };
const database = new Database(file, { timeout: 5000 });
const insert = database.prepare<[number]>('INSERT INTO log (job) VALUES (?)');
const events = createInProcessEvents({ id });

const random = seeded(seed);

for (let n = 0; n < transactions; n += 1) {
  database.transaction(() => {
    for (let entries = 1 + random(5); entries > 0; entries -= 1) insert.run(random(jobs));
  })();
  events.publish('log');
  if (random(3) === 0) await nextTick();
}
await events.close();
database.close();
