import type { WatchedSyncJobs } from '../../src/client/client.ts';

export type Transition = Extract<WatchedSyncJobs, { kind: 'transition' }>['transition'];

/** Reads a watch until `enough` says so. @throws on a reset, which these tests do not expect, and when it takes too long */
export async function read(
  items: AsyncIterableIterator<WatchedSyncJobs, undefined>,
  enough: (seen: readonly Transition[]) => boolean,
  withinMs = 60_000,
): Promise<Transition[]> {
  const seen: Transition[] = [];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void items.return?.();
  }, withinMs);
  try {
    for await (const item of items) {
      if (item.kind === 'reset') throw new Error('The watch was reset.');
      seen.push(item.transition);
      if (enough(seen)) break;
    }
  } finally {
    clearTimeout(timer);
  }
  if (late) throw new Error(`Not enough came in time: ${JSON.stringify(stepsByJob(seen))}`);
  return seen;
}

/** The sequence numbers of each job, in the order in which they came. */
export function stepsByJob(transitions: readonly Transition[]): Record<string, number[]> {
  const groups = Map.groupBy(transitions, ({ syncJob }) => syncJob.id);
  return Object.fromEntries([...groups].map(([id, steps]) => [id, steps.map(({ sequence }) => sequence)]));
}

const final = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** Whether so many jobs have come to their end. */
export const over = (jobs: number) => (seen: readonly Transition[]) => seen.filter(({ to }) => final.includes(to)).length >= jobs;
