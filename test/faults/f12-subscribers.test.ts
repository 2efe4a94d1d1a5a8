import { setTimeout as sleep } from 'node:timers/promises';
import { connect, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { caughtUp, follow, holdComplete, storedTransitions } from './support/follower.ts';
import { holdQuiet, peakMemory } from './support/process.ts';
import { isLong } from './support/settings.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const { subscribers, seconds } = isLong ? { subscribers: 10_000, seconds: 300 } : { subscribers: 1_000, seconds: 20 };
/** A gateway takes so many from one address that have not said yet whose they are. */
const atOnce = 250;
const mostMemoryMiB = 600;

fault(
  {
    id: 'F12',
    what: `${subscribers.toLocaleString('en-US')} subscribers on a socket each, a transition a second for ${seconds} s, one of a hundred reads nothing and comes back`,
    promises: ['G1', 'G3', 'G5', 'G6', 'whole', 'alive'],
    runs: { short: 1, long: 1 },
    runTimeoutMs: 900_000,
  },
  async (run) => {
    const subject = await startSubject(run);
    const { id } = await connect(subject.gateway, { config: { count: 1 } });
    const followers: ReturnType<typeof follow>[] = [];
    run.cleanUp(() => {
      for (const each of followers) each.stop();
    });
    while (followers.length < subscribers) {
      const some = Array.from({ length: atOnce }, () => follow(subject.gateway.url));
      followers.push(...some);
      await Promise.all(some.map(({ began }) => began));
    }
    const first = run.random(100);
    const frozen = followers.filter((_, index) => index % 100 === first);
    const live = followers.filter((each) => !frozen.includes(each));
    for (const each of frozen) each.pause();

    // A job makes three transitions.
    const endsAt = Date.now() + seconds * 1_000;
    while (Date.now() < endsAt) {
      const nextAt = Date.now() + 3_000;
      await subject.endOf([await runConnection(subject.gateway, id)]);
      await sleep(Math.max(0, nextAt - Date.now()));
    }
    const stored = storedTransitions(subject.gateway);
    await caughtUp(live, stored.length, 60_000);
    holdComplete(live, stored);
    const lost = live.filter(({ closeCodes }) => closeCodes.length > 0);
    hold('alive', lost.length === 0, `${lost.length} sockets of live subscribers were closed, the first with ${lost[0]?.closeCodes.join(', ')}`);
    for (const each of frozen) each.resume();
    await caughtUp(frozen, stored.length, 60_000);
    holdComplete(frozen, stored);
    const memory = peakMemory(subject.gateway);
    hold('alive', memory <= mostMemoryMiB, `the gateway took ${memory} MiB`);
    run.count('transitions each', stored.length);
    run.count('frozen', frozen.length);
    run.count('of these cut off', frozen.filter(({ closeCodes }) => closeCodes.length > 0).length);
    run.count('MiB at most', memory);
    for (const each of followers) each.stop();
    holdQuiet(subject.gateway);
    await subject.check();
  },
);
