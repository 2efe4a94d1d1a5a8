import type { Config } from '../config.ts';

/** A job in the hands of a worker. `lifeSign` is whatever the worker changes at every beat. */
export interface LeasedJob {
  readonly id: string;
  readonly leaseToken: string | null;
  readonly lifeSign: number | null;
}

export interface LeaseWatch {
  /** Of the jobs that are leased now, those whose workers have given no sign of life for a whole lease. Call at every tick, with all of them. */
  silentOf(leased: readonly LeasedJob[]): LeasedJob[];
}

/**
 * Finds the workers that fell silent by watching: whose row has not changed for a whole lease is gone. The time on the row is not compared with the
 * clock on the wall: when that is set forward all leases would seem to have ended at once, and when it is set back a dead worker's would not end
 * for as long. What is counted is time in which this process looked. A process that was stopped and goes on, with its workers, counts one tick for it.
 * @param now of a clock that nobody sets, ms
 */
export function createLeaseWatch({ jobLeaseMs, tickMs }: Pick<Config, 'jobLeaseMs' | 'tickMs'>, now = () => performance.now()): LeaseWatch {
  let known = new Map<string, { readonly job: LeasedJob; readonly silentMs: number }>();
  let lookedAt = now();
  return {
    silentOf(leased) {
      const at = now();
      // Ticks come late on a busy machine, but not much.
      const passedMs = Math.min(at - lookedAt, tickMs * 1.5);
      lookedAt = at;
      const before = known;
      known = new Map(
        leased.map((job) => {
          const seen = before.get(job.id);
          const isSilent = seen !== undefined && seen.job.leaseToken === job.leaseToken && seen.job.lifeSign === job.lifeSign;
          return [job.id, { job, silentMs: isSilent ? seen.silentMs + passedMs : 0 }];
        }),
      );
      return leased.filter(({ id }) => (known.get(id)?.silentMs ?? 0) >= jobLeaseMs);
    },
  };
}
