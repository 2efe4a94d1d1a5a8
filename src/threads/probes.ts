import type { CheckOutcome } from '../connector/check.ts';
import { type Pool, ThreadLostError } from './pool.ts';
import type { DiscoverOutcome, StopReason, Target, TaskName, Tasks } from './tasks.ts';

/** The gateway's way to ask a source something: always in a thread, always bounded. */
export interface Probes {
  /** Never rejects for what the source does: a failed test is a result. */
  check(target: Target): Promise<CheckOutcome>;
  discover(target: Target): Promise<DiscoverOutcome>;
}

const timeoutMs = 30_000;

export function createProbes(pool: Pool): Probes {
  const bounded = async <Name extends TaskName>(name: Name, input: Tasks[Name]['input']): Promise<Tasks[Name]['output'] | 'timeout'> => {
    const controller = new AbortController();
    const reason: StopReason = 'timeout';
    let timer: NodeJS.Timeout | undefined;
    const onStart = () => {
      timer = setTimeout(() => controller.abort(reason), timeoutMs);
    };
    try {
      const output = await pool.run(name, input, { signal: controller.signal, onStart });
      return controller.signal.aborted ? 'timeout' : output;
    } catch (error) {
      if (error instanceof ThreadLostError && controller.signal.aborted) return 'timeout';
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
  const silent = `The source did not answer within ${timeoutMs / 1000} seconds.`;

  return {
    async check(target) {
      const outcome = await bounded('check', target);
      if (outcome !== 'timeout') return outcome;
      const step = { title: 'Wait for the source', status: 'FAILED', message: silent, details: null, durationMs: timeoutMs } as const;
      return { status: 'FAILED', message: silent, steps: [step], durationMs: timeoutMs, failureType: 'UNAVAILABLE' };
    },
    async discover(target) {
      const outcome = await bounded('discover', target);
      return outcome === 'timeout' ? { ok: false, failureType: 'UNAVAILABLE', message: silent } : outcome;
    },
  };
}
