import type { GatewayServices } from '../context.ts';
import { timesTopic } from '../source-connection/facets.ts';
import { rewindWaits } from '../sync-job/rewind-waits.ts';
import { rewindLanes } from '../webhook/rewind.ts';
import { findDue } from './due.ts';
import { lastKnownTime, rewindSchedules } from './rewind-schedules.ts';
import { takeStep } from './take-due-step.ts';

export interface SchedulerOptions {
  /** The clock on the wall. @default the machine's */
  readonly now?: () => Date;
}

export interface Scheduler {
  /** Does what is due now; otherwise every `tickMs`, and at the very time when something is due. */
  tick(): Promise<void>;
  /** Finishes what it is doing. */
  stop(): Promise<void>;
}

/** Clocks are adjusted by a little all the time; only more than this is a clock that was set back. */
const setBackMs = 1000;

/**
 * Does what source connections do by themselves, for all organizations: runs them by their schedules, pauses them at their time, notices when they are
 * late. Any number of schedulers may look at one database: each step is done by one of them.
 */
export function startScheduler(services: GatewayServices, { now = () => new Date() }: SchedulerOptions = {}): Scheduler {
  let lookedAt: Date | null | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let stopped = false;
  let alarm: NodeJS.Timeout | undefined;

  const look = async () => {
    const at = now();
    const before = lookedAt === undefined ? await lastKnownTime(services) : lookedAt;
    if (before && at.getTime() < before.getTime() - setBackMs) {
      services.log.warn({ from: before, to: at }, 'the clock was set back; the next runs and attempts are reckoned again');
      await rewindSchedules(services, at);
      await rewindWaits(services, { from: before, to: at });
      await rewindLanes(services, { from: before, to: at });
    }
    lookedAt = at;
    const { steps, wakeAt } = await findDue(services.db, at);
    for (const step of steps) {
      if (stopped) return;
      try {
        await takeStep(services, step, at);
      } catch (err) {
        services.log.error({ err, sourceConnectionId: step.id }, `a ${step.what} that is due could not be done; the next tick tries again`);
      }
    }
    setAlarm(wakeAt);
  };
  const setAlarm = (wakeAt: Date | null) => {
    clearTimeout(alarm);
    const delay = wakeAt ? wakeAt.getTime() - now().getTime() : Number.POSITIVE_INFINITY;
    if (!stopped && delay < services.config.tickMs) alarm = setTimeout(() => void tick(), Math.max(0, delay));
  };
  const run = async () => {
    try {
      do {
        lookAgain = false;
        await look();
      } while (lookAgain && !stopped);
    } catch (err) {
      services.log.error({ err }, 'the schedules could not be looked at; the next tick tries again');
    } finally {
      looking = undefined;
    }
  };
  const tick = async (): Promise<void> => {
    if (stopped) return;
    // What was committed after the look under way had read would otherwise wait for the next tick.
    lookAgain = true;
    looking ??= run();
    await looking;
  };

  const unwatch = services.events.watch([timesTopic], () => void tick());
  const timer = setInterval(() => void tick(), services.config.tickMs);
  return {
    tick,
    async stop() {
      stopped = true;
      unwatch();
      clearInterval(timer);
      clearTimeout(alarm);
      await looking;
    },
  };
}
