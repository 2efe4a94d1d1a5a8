import type { Config } from '../config.ts';
import type { Log } from '../lib/log.ts';
import type { Pruned } from './prune.ts';

const longestIntervalMs = 60 * 60 * 1000;
/** What a start has to do comes first. */
const firstAfterMs = 60_000;

/**
 * Has what is over deleted, again and again: every hour, or ten times in the shortest age. Any number of gateways may do so.
 * @param prune runs elsewhere: it is in nobody's way
 * @returns what stops it
 */
export function startRetention({ config, log }: { readonly config: Config; readonly log: Log }, prune: () => Promise<Pruned>): () => Promise<void> {
  const ages = Object.values(config.retention).filter((age) => age !== null);
  if (ages.length === 0) return async () => {};
  const intervalMs = Math.min(longestIntervalMs, Math.max(config.tickMs, Math.min(...ages) / 10));
  let timer: NodeJS.Timeout;
  let running: Promise<void> | undefined;
  let stopped = false;

  const run = async () => {
    let more = true;
    while (more && !stopped) {
      const pruned = await prune();
      more = pruned.more;
      if (Object.keys(pruned.rows).length > 0) log.info({ rows: pruned.rows }, 'what is older than it is kept was deleted');
    }
  };
  const tick = () => {
    running = run()
      .catch((err: unknown) => {
        if (!stopped) log.error({ err }, 'what is older than it is kept could not be deleted; the next round tries again');
      })
      .finally(() => wait(intervalMs));
  };
  const wait = (ms: number) => {
    if (!stopped) timer = setTimeout(tick, ms);
  };

  wait(Math.min(intervalMs, firstAfterMs));
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
