import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { connect, endOf, jobWhere, listen, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { HEADGATE_TICK_MS: '200' } });
});
afterAll(() => gateway?.cleanUp());

interface Line {
  readonly cursor: string;
  readonly sequence: number;
  readonly level: string;
  readonly message: string;
}
const fields = 'cursor sequence level message';
const document = `subscription ($id: ID!, $after: String) { syncJobLogs(syncJobId: $id, after: $after) { ${fields} } }`;
const linesOf = async (id: string, args = '') =>
  (await gateway.query(`query ($id: ID!) { syncJob(id: $id) { logs${args} { nodes { ${fields} } } } }`, { id })).syncJob.logs.nodes as Line[];
const follow = async (id: string, enough: (seen: readonly Line[]) => boolean, after?: string) => {
  const events = gateway.subscribe<{ syncJobLogs: Line }>(document, { id, after });
  return (await listen(events, (seen) => enough(seen.map((data) => data.syncJobLogs)))).map((data) => data.syncJobLogs);
};
const failsWith = async (variables: Record<string, unknown>) => {
  const { value } = await gateway
    .subscribe(document, variables)
    .next()
    .catch((error: unknown) => ({ value: { errors: error } }));
  return value.errors[0].extensions.code;
};
const isLast = ({ message }: Line) => message.startsWith('Done');

test('the log of a job comes from its first line, each line once, as it is written', async () => {
  const jobId = await run(gateway, (await connect(gateway, { config: { count: 2_000, recordsPerSecond: 2_000 } })).id);
  await jobWhere(gateway, jobId, ({ recordsRead }) => recordsRead > 0);
  expect(await linesOf(jobId)).toHaveLength(1);
  const seen = await follow(jobId, (lines) => lines.some(isLast));
  expect(seen).toEqual(await linesOf(jobId));
  expect(seen.map(({ sequence }) => sequence)).toEqual(seen.map((_line, index) => index + 1));
});

test('a cursor of a line goes on behind it', async () => {
  const jobId = await run(gateway, (await connect(gateway, { config: { count: 10 } })).id);
  await endOf(gateway, jobId);
  const [first, ...rest] = await linesOf(jobId);
  expect(rest.length).toBeGreaterThan(0);
  expect(await follow(jobId, (lines) => lines.some(isLast), first?.cursor)).toEqual(rest);
  expect(await linesOf(jobId, '(last: 1)')).toEqual(rest.slice(-1));
});

test('a job that does not exist, and a cursor that is none of the log', async () => {
  const jobId = await run(gateway, (await connect(gateway, { config: { count: 10 } })).id);
  expect(await failsWith({ id: 'job_01jd000000e00000000000000a' })).toBe('NOT_FOUND');
  expect(await failsWith({ id: jobId, after: 'nonsense' })).toBe('VALIDATION_FAILED');
  expect(await failsWith({ id: jobId, after: Buffer.from(JSON.stringify(['sync-job-logs', 10 ** 9])).toString('base64url') })).toBe('CURSOR_EXPIRED');
});
