import { setTimeout as sleep } from 'node:timers/promises';
import { connect, run as runConnection } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { caughtUp, follow, holdComplete, storedTransitions } from './support/follower.ts';
import { countAlive, inspected } from './support/inspector.ts';
import { startLongJob } from './support/long-job.ts';
import { holdQuiet, peakMemory } from './support/process.ts';
import { isLong } from './support/settings.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

// An even number: the last but one is RUNNING then.
const transitions = isLong ? 100_001 : 20_001;
const perCommit = 200;
/** What is alive, beyond what was before. */
const mostHeapMiB = 64;
/** With what could be collected and was not: Node lets it grow while there is room. */
const mostMemoryMiB = 1_024;

fault(
  {
    id: 'F13',
    what: `${(transitions - 1).toLocaleString('en-US')} transitions are committed while one of three subscribers reads nothing, and then goes on`,
    promises: ['G5', 'G6', 'whole', 'alive'],
    runs: { short: 1, long: 3 },
    runTimeoutMs: 300_000,
  },
  async (run) => {
    const subject = await startSubject(run, { env: inspected });
    const { gateway } = subject;
    const { id } = await connect(gateway, { config: { count: 1 } });
    const like = await runConnection(gateway, id);
    await subject.endOf([like]);
    const before = storedTransitions(gateway).length;
    const followers = [1, 2, 3].map(() => follow(gateway.url));
    run.cleanUp(() => {
      for (const each of followers) each.stop();
    });
    await Promise.all(followers.map(({ began }) => began));
    const [frozen, ...live] = followers;
    const { heapBytes } = await countAlive(gateway);
    const job = startLongJob(gateway, like, transitions);
    const freezeAt = run.random(transitions / 10);
    for (let written = 0; written < transitions; written += perCommit) {
      if (written >= freezeAt) frozen?.pause();
      job.write(perCommit);
      await sleep(5);
      if (written % (perCommit * 20) === 0) await gateway.query('{ collections(first: 1) { nodes { id } } }');
    }
    const stored = storedTransitions(gateway).slice(before);
    await caughtUp(live, stored.length, 120_000);
    holdComplete(live, stored);
    const behind = stored.length - (frozen?.seen.length ?? 0);
    hold('alive', behind > transitions / 2, 'nobody was frozen');
    const growthMiB = Math.round(((await countAlive(gateway)).heapBytes - heapBytes) / 1024 ** 2);
    hold('alive', growthMiB <= mostHeapMiB, `what is alive grew by ${growthMiB} MiB`);
    frozen?.resume();
    await caughtUp(followers, stored.length, 120_000);
    holdComplete(followers, stored);
    const memory = peakMemory(gateway);
    hold('alive', memory <= mostMemoryMiB, `the gateway took ${memory} MiB`);
    run.count('transitions that the frozen one was behind', behind);
    run.count('sockets cut off', frozen?.closeCodes.length);
    run.count('MiB more alive', Math.max(0, growthMiB));
    run.count('MiB at most', memory);
    for (const each of followers) each.stop();
    holdQuiet(gateway);
    await subject.check();
  },
);
