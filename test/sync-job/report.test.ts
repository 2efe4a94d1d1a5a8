import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startGateway } from '../support/gateway.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

test('whoever reads the log at night finds how each job ended, and why one waits or has failed', async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.cleanUp());
  const lines = (syncJobId: string) =>
    gateway
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['syncJobId'] === syncJobId && line['level'] !== 20)
      .map(({ time, durationMs, resumeAt, ...line }) => line);

  const good = await connect(gateway, { config: { count: 20 } });
  const goodJob = await run(gateway, good.id);
  await endOf(gateway, goodJob);
  const info = { level: 30, syncJobId: goodJob, sourceConnectionId: good.id };
  await eventually(() => expect(lines(goodJob)).toHaveLength(1));
  expect(lines(goodJob)).toEqual([
    { ...info, organizationId: expect.any(String), status: 'SUCCEEDED', attempt: 1, recordsRead: 23, recordsRejected: 0, msg: 'sync job ended' },
  ]);

  const bad = await connect(gateway, { config: { count: 20, failAfter: 5 } });
  const badJob = await run(gateway, bad.id);
  await endOf(gateway, badJob);
  const failure = { type: 'TRANSIENT', origin: 'SOURCE', message: expect.stringMatching(/broke off/) };
  const waits = { level: 30, msg: 'sync job waits', status: 'WAITING', waitReason: 'RETRY_BACKOFF', failure };
  await eventually(() => expect(lines(badJob)).toHaveLength(5));
  expect(lines(badJob)).toMatchObject([waits, waits, waits, waits, { level: 40, msg: 'sync job ended', status: 'FAILED', attempt: 5, failure }]);
});
