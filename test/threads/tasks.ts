import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../src/connector/connector.ts';
import { serveTasks } from '../../src/threads/thread.ts';

/** Runs in a thread of the pool's tests: what a task does is in the config of its target. */
const steps: Record<string, (signal: AbortSignal, config: JsonObject) => Promise<string>> = {
  /** Stops when it is told to, and says why. */
  obey: (signal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve(String(signal.reason));
      signal.addEventListener('abort', () => resolve(String(signal.reason)), { once: true });
    }),
  ignore: () => new Promise(() => setInterval(() => {}, 1000)),
  loop: () => {
    for (;;);
  },
  wait: async (signal, { ms }) => {
    await sleep(Number(ms));
    return signal.aborted ? 'told to stop' : 'undisturbed';
  },
  crash: async () => process.exit(3),
  stray: async () => {
    void Promise.reject(new Error('nobody waits for this'));
    await sleep(5_000);
    return 'still here';
  },
  /** Answers, and then does not come back for a second, as on a machine that has no time for it. */
  linger: async () => {
    setTimeout(() => execFileSync('sleep', ['1']), 50);
    return 'answered';
  },
  fail: async () => {
    throw new Error('it failed');
  },
};

serveTasks({
  async check({ config }, signal) {
    const message = await steps[String(config['do'])]?.(signal, config);
    return { status: 'PASSED', message: message ?? '', steps: [], durationMs: 0, failureType: null };
  },
  discover: async () => ({ ok: true, streams: [] }),
  sync: async () => undefined,
  checkpointWal: async () => undefined,
  deliverWebhooks: async () => undefined,
  prune: async () => ({ rows: {}, more: false }),
  discardRecords: async () => undefined,
});
