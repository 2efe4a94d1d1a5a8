import { setTimeout as sleep } from 'node:timers/promises';
import { pruneAuditLog } from '../audit/prune.ts';
import { purgeCollections } from '../collection/purge.ts';
import type { RetentionConfig } from '../config/retention.ts';
import { purgeSourceConnections } from '../connection-lifecycle/purge.ts';
import type { Services } from '../context.ts';
import { pruneBatch } from '../db/prune-oldest.ts';
import { pruneIdempotencyKeys } from '../idempotency/prune.ts';
import { pruneConnectionTests, pruneStatusChanges } from '../source-connection/prune.ts';
import { pruneSyncJobLogs, pruneSyncJobs } from '../sync-job/prune.ts';
import { pruneDeliveries } from '../webhook/prune.ts';

interface Step {
  readonly what: string;
  /** Which age counts; absent: its own. */
  readonly age?: keyof RetentionConfig;
  /** Deletes what is older, a little in each transaction, and says how many rows after each. */
  prune(services: Services, before: Date): AsyncGenerator<number>;
}

/** In the order in which they must go: what refers to others first. */
const steps: readonly Step[] = [
  { what: 'log lines', age: 'logsMs', prune: pruneSyncJobLogs },
  { what: 'sync jobs', age: 'jobsMs', prune: pruneSyncJobs },
  { what: 'changes of status', age: 'jobsMs', prune: pruneStatusChanges },
  { what: 'connection tests', age: 'jobsMs', prune: pruneConnectionTests },
  { what: 'webhook deliveries', age: 'jobsMs', prune: pruneWebhookDeliveries },
  { what: 'deleted source connections', age: 'jobsMs', prune: purgeSourceConnections },
  { what: 'deleted collections', age: 'jobsMs', prune: purgeCollections },
  { what: 'audit entries', age: 'auditMs', prune: pruneAuditLog },
  { what: 'idempotency keys', prune: pruneIdempotencyKeys },
];

async function* pruneWebhookDeliveries(services: Services, before: Date): AsyncGenerator<number> {
  for (;;) {
    const deleted = await pruneDeliveries(services, before, pruneBatch);
    if (deleted === 0) return;
    yield deleted;
  }
}

/** A thread has other things to do as well. */
const longestMs = 10_000;

export interface Pruned {
  /** Rows by what they were; only what there was any of. */
  readonly rows: Record<string, number>;
  /** The time was up, or it was told to stop: there may be more. */
  readonly more: boolean;
}

/** Deletes what is older than it is kept, of all organizations. Several may run at once: each row is deleted by one of them. */
export async function prune(services: Services, signal: AbortSignal, now = new Date()): Promise<Pruned> {
  const started = performance.now();
  const rows: Record<string, number> = {};
  for (const { what, age, prune: pruneStep } of steps) {
    const ageMs = age ? services.config.retention[age] : 0;
    if (ageMs === null) continue;
    let since = performance.now();
    for await (const count of pruneStep(services, new Date(now.getTime() - ageMs))) {
      if (count > 0) rows[what] = (rows[what] ?? 0) + count;
      if (signal.aborted || performance.now() - started > longestMs) return { rows, more: true };
      // As long a pause as the lock was held at most: whoever waits for it polls, and must find it free.
      await sleep(performance.now() - since + 1);
      since = performance.now();
    }
  }
  return { rows, more: false };
}
