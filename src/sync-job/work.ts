import type { Services } from '../context.ts';
import { claimableTopic, type Queue } from '../queue/queue.ts';
import { type Pool, ThreadLostError } from '../threads/pool.ts';
import { findClaimable, findNextDue } from './claim.ts';
import { createLeaseWatch } from './lease-watch.ts';
import { giveUpOn, takeOverLostJobs } from './supervise.ts';

export interface Work {
  /** Looks for due and lost jobs now; otherwise every `tickMs`. */
  tick(): Promise<void>;
  /** Takes no more jobs and stops the tick. The pool is closed by its owner. */
  stop(): Promise<void>;
}

export interface WorkOptions {
  /** Nobody else runs jobs on this database: what a thread of ours lost is lost, without waiting for its lease to end. */
  readonly alone: boolean;
}

/** Takes jobs from the queue to the threads of this process, looks after them, and finds what lost hints and lost workers left behind. */
export function startWork(services: Services, queue: Queue, pool: Pool, { alone }: WorkOptions): Work {
  const running = new Map<string, AbortController>();
  const watch = createLeaseWatch(services.config);
  let stopped = false;
  let ticking: Promise<void> | undefined;
  let tickAgain = false;
  let alarm: NodeJS.Timeout | undefined;

  const start = (syncJobId: string) => {
    if (stopped || running.has(syncJobId)) return;
    const controller = new AbortController();
    running.set(syncJobId, controller);
    const unwatch = queue.onInterrupt(syncJobId, (reason) => controller.abort(reason));
    void run(syncJobId, controller.signal).then((movesOn) => {
      running.delete(syncJobId);
      unwatch();
      // A thread is free again, or the job waits for one. Where nothing moved, a disk is full perhaps, the next regular tick is soon enough.
      if (movesOn) void tick();
    });
  };
  const run = async (syncJobId: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await pool.run('sync', { syncJobId }, { signal });
      return true;
    } catch (error) {
      // The thread is gone, and with it every write that it could still have made.
      if (!(error instanceof ThreadLostError)) services.log.error({ err: error, syncJobId }, 'a sync job left its worker with an error');
    }
    try {
      return alone && !stopped && (await giveUpOn(services, syncJobId));
    } catch (error) {
      services.log.error({ err: error, syncJobId }, 'a lost sync job could not be taken over yet');
      return false;
    }
  };
  const look = async () => {
    try {
      do {
        tickAgain = false;
        // A thread of ours that fell silent is hung: it is ended, so that the job can be started again.
        for (const id of await takeOverLostJobs(services, watch)) running.get(id)?.abort('lost');
        for (const id of await findClaimable(services, 100)) start(id);
        wakeAt(await findNextDue(services));
      } while (tickAgain && !stopped);
    } catch (error) {
      services.log.error({ err: error }, 'the tick failed; the next one tries again');
    } finally {
      ticking = undefined;
    }
  };
  /** A job that waits for its time is taken up then, not at the next tick after it. */
  const wakeAt = (due: Date | null) => {
    clearTimeout(alarm);
    const waitMs = due ? due.getTime() - Date.now() : Number.POSITIVE_INFINITY;
    if (!stopped && waitMs < services.config.tickMs) alarm = setTimeout(() => void tick(), Math.max(0, waitMs));
  };
  const tick = async (): Promise<void> => {
    if (stopped) return;
    // What was committed after the look under way had read would otherwise wait for the next tick.
    tickAgain = true;
    ticking ??= look();
    await ticking;
  };

  queue.work(start);
  const unwatch = services.events.watch([claimableTopic], () => void tick());
  const timer = setInterval(() => void tick(), services.config.tickMs);
  return {
    tick,
    async stop() {
      stopped = true;
      clearInterval(timer);
      clearTimeout(alarm);
      unwatch();
      await ticking;
    },
  };
}
