import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Entry, openLogDatabase } from '../support/log-database.ts';
import { seeded } from '../support/seeded.ts';

const jobs = 40;

interface Follower {
  readonly job: number;
  /** It must not get what is older than this … */
  readonly notBefore: number;
  /** … and must get all that is newer than this. */
  readonly allAfter: number;
  readonly entries: Promise<Entry[]>;
}

describe.each([1, 2, 3])('while another thread commits bursts (seed %i)', (seed) => {
  it.each([8, 256, 4096])('gives hundreds of subscribers each entry once, in order, without a gap (window of %i)', async (windowSize) => {
    const random = seeded(seed);
    const wait = async (ticks: number) => {
      for (let n = 0; n < ticks; n += 1) await nextTick();
    };
    const { follow, writeFromThread, write, feed, all, head } = openLogDatabase({ windowSize, latency: () => wait(random(4)) });
    const followers: Follower[] = [];
    let closing = Number.POSITIVE_INFINITY;

    /** Reads up to the closing entry of the job, now and then slowly. */
    async function collect(iterator: AsyncIterableIterator<Entry>): Promise<Entry[]> {
      const entries: Entry[] = [];
      for await (const entry of iterator) {
        entries.push(entry);
        if (entry.cursor > closing) break;
        if (random(10) === 0) await wait(random(100));
      }
      return entries;
    }

    let writing = true;
    const thread = writeFromThread({ seed, transactions: 1500, jobs }).finally(() => {
      writing = false;
    });
    while (writing && followers.length < 600) {
      const job = random(jobs);
      const newest = head();
      if (random(2) === 0) {
        const after = random(newest + 1);
        followers.push({ job, notBefore: after, allAfter: after, entries: collect(await follow(job, { after })) });
      } else {
        const iterator = await follow(job);
        followers.push({ job, notBefore: newest, allAfter: head(), entries: collect(iterator) });
      }
      if (random(5) === 0) {
        const leaver = await follow(job, { after: 0 });
        const pending = leaver.next();
        await leaver.return?.();
        await pending;
      }
      await nextTick();
    }
    await thread;
    closing = head();
    write(Array.from({ length: jobs }, (_, job) => job));

    const log = all();
    expect(log.length).toBeGreaterThan(1500);
    expect(followers.length).toBeGreaterThan(100);
    for (const { job, notBefore, allAfter, entries } of followers) {
      const got = await entries;
      const ofJob = log.filter((entry) => entry.job === job);
      expect(got).toEqual(ofJob.slice(ofJob.length - got.length));
      expect(got[0]?.cursor).toBeGreaterThan(notBefore);
      expect(got.length).toBeGreaterThanOrEqual(ofJob.filter((entry) => entry.cursor > allAfter).length);
    }
    expect(feed.subscriberCount()).toBe(0);
  });
});
