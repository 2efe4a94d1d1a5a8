import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { onTestFinished, vi } from 'vitest';
import { createInProcessEvents } from '../../src/events/in-process.ts';
import { createLogFeed, type LogFeed, type SubscribeOptions } from '../../src/events/log-feed.ts';

export interface Entry {
  readonly cursor: number;
  readonly job: number;
}

export interface LogDatabase {
  readonly feed: LogFeed<Entry>;
  /** Counts the queries of the feed. */
  readonly read: ReturnType<typeof vi.fn<(after: number, limit: number) => Promise<Entry[]>>>;
  /** Commits one entry for each job, and publishes unless told not to. */
  write(jobs: readonly number[], options?: { silently?: boolean }): void;
  all(): Entry[];
  head(): number;
  /** Follows one job. */
  follow(job: number, options?: Partial<SubscribeOptions<Entry>>): Promise<AsyncIterableIterator<Entry>>;
  /** Another thread commits `transactions`, of 1 to 5 entries each over the jobs 0 … `jobs` - 1, published after each commit unless told not to. */
  writeFromThread(options: { seed: number; transactions: number; jobs: number; silently?: boolean }): Promise<void>;
}

const keyOf = (job: number) => `sync-job:job_${job}`;
export const everything = 'all';

export interface LogDatabaseOptions {
  readonly windowSize?: number;
  /** @default an hour, so that no test is saved by the floor */
  readonly pollMs?: number;
  /** Awaited between each query and its answer, as with a database on another machine. */
  readonly latency?: () => Promise<void>;
}

/** A log table in a SQLite file, with a feed upon it. */
export function openLogDatabase({ windowSize, pollMs = 3_600_000, latency = async () => {} }: LogDatabaseOptions = {}): LogDatabase {
  const folder = mkdtempSync(path.join(tmpdir(), 'headgate-log-'));
  const file = path.join(folder, 'log.db');
  const database = new Database(file);
  database.exec(
    'PRAGMA journal_mode = WAL; CREATE TABLE log (cursor INTEGER PRIMARY KEY, job INTEGER NOT NULL); CREATE INDEX log_job ON log (job, cursor)',
  );
  const page = database.prepare<[number, number], Entry>('SELECT cursor, job FROM log WHERE cursor > ? ORDER BY cursor LIMIT ?');
  const pageOfJob = database.prepare<[number, number, number], Entry>(
    'SELECT cursor, job FROM log WHERE job = ? AND cursor > ? ORDER BY cursor LIMIT ?',
  );
  const newest = database.prepare('SELECT coalesce(max(cursor), 0) FROM log').pluck();
  const insert = database.prepare<[number]>('INSERT INTO log (job) VALUES (?)');

  const id = randomUUID();
  const dataVersion = () => Number(database.pragma('data_version', { simple: true }));
  let lastVersion = dataVersion();
  const events = createInProcessEvents({
    id,
    pollMs,
    changed: () => {
      const version = dataVersion();
      const changed = version !== lastVersion;
      lastVersion = version;
      return changed;
    },
  });
  const head = () => Number(newest.get());
  const answer = async <Value>(value: Value): Promise<Value> => {
    await latency();
    return value;
  };
  const read = vi.fn((after: number, limit: number) => answer(page.all(after, limit)));
  const feed = createLogFeed<Entry>({
    events,
    topic: 'log',
    head: () => answer(head()),
    read,
    keysOf: (entry) => [everything, keyOf(entry.job)],
    ...(windowSize ? { windowSize } : {}),
  });
  onTestFinished(async () => {
    feed.close();
    await events.close();
    database.close();
    rmSync(folder, { recursive: true });
  });

  return {
    feed,
    read,
    head,
    write(jobs, { silently = false } = {}) {
      database.transaction(() => {
        for (const job of jobs) insert.run(job);
      })();
      if (!silently) events.publish('log');
    },
    all: () => page.all(0, -1),
    follow: (job, rest = {}) => feed.subscribe({ key: keyOf(job), backfill: (after, limit) => answer(pageOfJob.all(job, after, limit)), ...rest }),
    async writeFromThread(workload) {
      const heardAs = workload.silently ? randomUUID() : id;
      const worker = new Worker(new URL('./log-writer.ts', import.meta.url), { workerData: { ...workload, file, id: heardAs } });
      const exitCode = await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
      if (exitCode !== 0) throw new Error(`the writing thread ended with ${exitCode}`);
    },
  };
}

export async function take(iterator: AsyncIterator<Entry>, count: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  while (entries.length < count) {
    const { done, value } = await iterator.next();
    if (done) break;
    entries.push(value);
  }
  return entries;
}
