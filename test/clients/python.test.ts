import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BrowseRecordsDocument,
  CreateSourceConnectionDocument,
  ListSourcesDocument,
  ListSyncJobTransitionsDocument,
  RunSourceConnectionDocument,
  WatchSyncJobTransitionsDocument,
} from '../../src/client/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const program = new URL('./python/client.py', import.meta.url).pathname;

/** Runs the program with python3. @throws with what it printed, or with what to do when there is no python3 */
async function runPython(task: object): Promise<unknown> {
  const child = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'spawn').catch(() => {
    throw new Error('There is no python3, and this test is about a client in another language. Install it (Debian: apt-get install python3).');
  });
  child.stdin.end(JSON.stringify(task));
  const [[status], [printed, errors]] = await Promise.all([once(child, 'exit'), output]);
  if (status !== 0) throw new Error(`The program failed: ${errors}`);
  return JSON.parse(printed);
}

describe('a client in Python, of which nothing is shared with ours', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway?.cleanUp());

  it('queries, creates, runs, watches and browses over one WebSocket', { timeout: 120_000 }, async () => {
    const { hostname, port } = new URL(gateway.url);
    const documents = {
      sources: ListSourcesDocument.toString(),
      create: CreateSourceConnectionDocument.toString(),
      run: RunSourceConnectionDocument.toString(),
      list: ListSyncJobTransitionsDocument.toString(),
      watch: WatchSyncJobTransitionsDocument.toString(),
      browse: BrowseRecordsDocument.toString(),
    };
    const result = (await runPython({ host: hostname, port: Number(port), documents })) as { jobId: string };
    expect(result).toEqual({
      sources: expect.arrayContaining(['faker', 'postgresql']),
      created: 'CreateSourceConnectionPayload',
      jobId: expect.stringMatching(/^job_/),
      steps: [
        [result.jobId, 1, 'PENDING'],
        [result.jobId, 2, 'RUNNING'],
        [result.jobId, 3, 'SUCCEEDED'],
      ],
      records: 10,
      recordCount: 23,
      refusal: 'GRAPHQL_VALIDATION_FAILED',
      closed: 1000,
    });
  });
});
