import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSourceConnection } from '../../src/connection-lifecycle/create.ts';
import { cancelSyncJob } from '../../src/sync-job/cancel.ts';
import { claimSyncJob, findClaimable } from '../../src/sync-job/claim.ts';
import { finishSyncJob } from '../../src/sync-job/finish.ts';
import { copyProgress, LetGoError } from '../../src/sync-job/lease.ts';
import { createLeaseWatch } from '../../src/sync-job/lease-watch.ts';
import { getSyncJob } from '../../src/sync-job/read.ts';
import { runSync } from '../../src/sync-job/run.ts';
import { startSync } from '../../src/sync-job/start.ts';
import { giveUpOn, takeOverLostJobs } from '../../src/sync-job/supervise.ts';
import { startWork } from '../../src/sync-job/work.ts';
import { createPool } from '../../src/threads/pool.ts';
import { type OpenServices, openServices } from '../support/services.ts';

let open: OpenServices;
beforeEach(async () => {
  open = await openServices({ env: { HEADGATE_TICK_MS: '100', HEADGATE_JOB_LEASE_SECONDS: '1' } });
});
let leave = async () => {};
afterEach(async () => {
  await leave();
  leave = async () => {};
  await open.close();
});

const connectAndRun = async (config: Record<string, number> = { count: 100 }): Promise<string> => {
  const input = { name: 'Fake data', sourceShortName: 'faker', config, runSetupTests: false, syncImmediately: true };
  const { syncJob } = await createSourceConnection(open.ctx, input);
  return syncJob?.id ?? '';
};
const read = (id: string) => getSyncJob(open.ctx, id);
const pathOf = (id: string) =>
  open.control.native
    .prepare<[string], { to: string }>('select to_status as "to" from sync_job_transition where sync_job_id = ? order by sequence')
    .all(id)
    .map(({ to }) => to);
const until = async (id: string, fits: (job: Awaited<ReturnType<typeof read>>) => boolean, withinMs = 60_000) => {
  const end = Date.now() + withinMs;
  for (;;) {
    const job = await read(id);
    if (fits(job)) return job;
    if (Date.now() > end) throw new Error(`The job did not get there: ${JSON.stringify(job)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const claimed = async (id: string) => {
  const claim = await claimSyncJob(open.worker, id);
  if (!claim) throw new Error('the job could not be claimed');
  return claim;
};
const noProgress = { sequence: 0, counters: { read: 5, inserted: 5, updated: 0, deleted: 0, unchanged: 0, rejected: 0, bytesRead: 9 }, streams: [] };

describe('a worker thread that hangs in a loop', () => {
  const work = () => {
    const module = new URL('../threads/syncs.ts', import.meta.url);
    const pool = createPool({ module, size: 2, workerData: open.workerData, graceMs: 500, onThreadError: () => {} });
    const started = startWork(open.gateway, open.gateway.queue, pool, { alone: true });
    leave = async () => {
      await started.stop();
      await pool.close('shutdown');
    };
  };

  test('is ended when its lease has, and the job goes on as the next attempt', async () => {
    work();
    const id = await connectAndRun();
    const job = await until(id, ({ completedAt }) => completedAt !== null);
    expect(job).toMatchObject({ status: 'SUCCEEDED', attempt: 2, recordsRead: 115 });
    expect(pathOf(id)).toEqual(['PENDING', 'RUNNING', 'WAITING', 'RUNNING', 'SUCCEEDED']);
  }, 90_000);

  test('is ended when its job is cancelled', async () => {
    work();
    const id = await connectAndRun();
    await until(id, ({ status }) => status === 'RUNNING');
    expect((await cancelSyncJob(open.ctx, id)).status).toBe('CANCELLING');
    const job = await until(id, ({ completedAt }) => completedAt !== null, 10_000);
    expect(job.status).toBe('CANCELLED');
    expect(pathOf(id)).toEqual(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);
  }, 90_000);
});

describe('a worker that lost its job changes nothing any more', () => {
  test('neither by its progress nor by its end', async () => {
    const id = await connectAndRun();
    const lost = await claimed(id);
    expect(await giveUpOn(open.gateway, id, { leaseToken: lost.leaseToken })).toBe(true);
    const next = await claimed(id);
    const before = await read(id);
    expect(before).toMatchObject({ status: 'RUNNING', attempt: 2, leaseToken: next.leaseToken });

    await expect(copyProgress(open.worker, lost, noProgress, [], { cameFurther: false })).rejects.toMatchObject({
      name: 'LetGoError',
      reason: 'lost',
    });
    for (const to of ['SUCCEEDED', 'FAILED', 'WAITING', 'CANCELLED'] as const) await finishSyncJob(open.worker, lost, { to });
    expect(await giveUpOn(open.gateway, id, { leaseToken: lost.leaseToken })).toBe(false);
    expect(await read(id)).toEqual(before);
    await finishSyncJob(open.worker, next, { to: 'SUCCEEDED' });
    expect(pathOf(id)).toEqual(['PENDING', 'RUNNING', 'WAITING', 'RUNNING', 'SUCCEEDED']);
  });

  test('a job is claimed by one of many', async () => {
    const id = await connectAndRun();
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimSyncJob(open.worker, id)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });
});

describe('a cancel that meets the end of the work', () => {
  test.each(['SUCCEEDED', 'FAILED', 'WAITING'] as const)('wins over %s, at once', async (to) => {
    const id = await connectAndRun();
    const claim = await claimed(id);
    await cancelSyncJob(open.ctx, id);
    await finishSyncJob(open.worker, claim, { to });
    expect(pathOf(id)).toEqual(['PENDING', 'RUNNING', 'CANCELLING', 'CANCELLED']);
  });

  test('what was committed in between is counted, and the worker is told', async () => {
    const id = await connectAndRun();
    const claim = await claimed(id);
    await cancelSyncJob(open.ctx, id);
    const error = await copyProgress(open.worker, claim, noProgress, [], { cameFurther: false }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LetGoError);
    expect(error).toMatchObject({ reason: 'cancelled' });
    expect(await read(id)).toMatchObject({ status: 'CANCELLING', recordsRead: 5, recordsInserted: 5 });
  });

  test('cancelling again while it is being cancelled changes nothing', async () => {
    const id = await connectAndRun();
    await claimed(id);
    const first = await cancelSyncJob(open.ctx, id);
    expect(await cancelSyncJob(open.ctx, id)).toEqual(first);
    expect(pathOf(id)).toEqual(['PENDING', 'RUNNING', 'CANCELLING']);
  });
});

describe('jobs whose worker fell silent', () => {
  test('are taken when their lease has ended, not before, and not when a sign of life came in the meantime', async () => {
    const id = await connectAndRun();
    const { leaseToken } = await claimed(id);
    let now = 0;
    const watch = createLeaseWatch({ jobLeaseMs: 1_000, tickMs: 300 }, () => now);
    const look = (afterMs: number) => {
      now += afterMs;
      return takeOverLostJobs(open.gateway, watch);
    };
    for (const afterMs of [0, 300, 300, 300]) expect(await look(afterMs)).toEqual([]);
    // It was prolonged after it had been looked at.
    expect(await giveUpOn(open.gateway, id, { leaseToken, lifeSign: 0 })).toBe(false);
    expect(await look(300)).toEqual([id]);
    expect(await read(id)).toMatchObject({ status: 'WAITING', waitReason: 'WORKER_LOST', leaseToken: null, attempt: 1 });
    expect(await findClaimable(open.gateway, 10)).toEqual([id]);
  });

  test('are told by their silence, whatever the clock on the wall says, and not by a pause of who looks', async () => {
    const [living, dead] = [await connectAndRun(), await connectAndRun()];
    for (const id of [living, dead]) await claimed(id);
    let now = 0;
    const watch = createLeaseWatch({ jobLeaseMs: 1_000, tickMs: 300 }, () => now);
    const { native } = open.control;
    // Leases that ended yesterday, and ones that end tomorrow: the clock was set.
    const ends = [-86_400_000, 86_400_000, -86_400_000, 86_400_000].map((offset) => Date.now() + offset);
    native.prepare('update sync_job set lease_expires_at = ? where id = ?').run(Date.now() + 86_400_000, dead);
    const taken: string[][] = [];
    for (const [index, endsAt] of ends.entries()) {
      native.prepare('update sync_job set lease_expires_at = ? where id = ?').run(endsAt, living);
      taken.push(await takeOverLostJobs(open.gateway, watch));
      // Whoever looks was itself stopped for a minute.
      now += index === 0 ? 60_000 : 300;
    }
    expect(taken).toEqual([[], [], [], [dead]]);
  });

  test('are CANCELLED when they were being cancelled, and FAILED after as many attempts as they have', async () => {
    const cancelling = await connectAndRun();
    await claimed(cancelling);
    await cancelSyncJob(open.ctx, cancelling);
    const hopeless = await connectAndRun();
    const { maxAttempts } = await read(hopeless);
    for (let attempt = 1; attempt < maxAttempts; attempt++) {
      await claimed(hopeless);
      await giveUpOn(open.gateway, hopeless);
    }
    await claimed(hopeless);
    await takeOverLostJobs(open.gateway);
    expect((await read(cancelling)).status).toBe('CANCELLED');
    expect(await read(hopeless)).toMatchObject({ status: 'FAILED', attempt: maxAttempts, failure: { origin: 'PLATFORM', retryable: true } });
    expect(await takeOverLostJobs(open.gateway)).toEqual([]);
  });

  test('one that cannot be taken does not keep the others from it', async () => {
    const [broken, fine] = [await connectAndRun(), await connectAndRun()];
    for (const id of [broken, fine]) await claimed(id);
    open.control.native.prepare('update sync_job set streams = ? where id = ?').run('{ broken', broken);
    expect(await takeOverLostJobs(open.gateway)).toEqual([fine]);
  });
});

describe('a job in a worker', () => {
  test('is not run when it is somebody else’s', async () => {
    const id = await connectAndRun();
    await claimed(id);
    const before = await read(id);
    await runSync(open.worker, id, new AbortController().signal);
    expect(await read(id)).toEqual(before);
    await runSync(open.worker, `job_${randomUUID()}`, new AbortController().signal);
  });

  test('is released at its checkpoint when the worker has to leave, and goes on without another attempt', async () => {
    const id = await connectAndRun({ count: 3_000, recordsPerSecond: 3_000 });
    const controller = new AbortController();
    const running = runSync(open.worker, id, controller.signal);
    await until(id, ({ recordsRead }) => recordsRead > 0);
    controller.abort('shutdown');
    await running;
    const released = await read(id);
    expect(released).toMatchObject({ status: 'WAITING', waitReason: 'RELEASED', attempt: 1, leaseToken: null });
    await runSync(open.worker, id, new AbortController().signal);
    expect(await read(id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1, recordsRead: 3_450, recordsInserted: 3_450 });
  });

  test('keeps its lease however long it takes, and loses it when the row says so', async () => {
    const id = await connectAndRun({ count: 100_000, recordsPerSecond: 1_000 });
    const controller = new AbortController();
    const running = runSync(open.worker, id, controller.signal);
    await until(id, ({ recordsRead }) => recordsRead > 1_500);
    const watch = createLeaseWatch(open.gateway.config);
    for (let look = 0; look < 15; look++) {
      expect(await takeOverLostJobs(open.gateway, watch)).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await giveUpOn(open.gateway, id);
    await running;
    expect(await read(id)).toMatchObject({ status: 'WAITING', waitReason: 'WORKER_LOST' });
  });

  test('is refused to a second job of the same source connection by the table itself', async () => {
    const id = await connectAndRun();
    const { native } = open.control;
    const columns = native.pragma('table_info(sync_job)') as { name: string }[];
    const rest = columns
      .map(({ name }) => `"${name}"`)
      .filter((name) => name !== '"id"')
      .join(', ');
    const copy = (status: string) =>
      native
        .prepare(`insert into sync_job (id, ${rest}) select ?, ${rest.replace('"status"', '?')} from sync_job where id = ?`)
        .run(`job_${status}`, status, id);
    for (const status of ['PENDING', 'RUNNING', 'WAITING', 'CANCELLING']) expect(() => copy(status)).toThrow(/UNIQUE/);
    for (const status of ['SUCCEEDED', 'FAILED', 'CANCELLED']) copy(status);
    const { sourceConnectionId } = await read(id);
    await expect(startSync(open.ctx, { id: sourceConnectionId, mode: 'INCREMENTAL', ifRunning: 'REJECT' })).rejects.toMatchObject({ syncJobId: id });
  });
});
