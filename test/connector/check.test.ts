import { expect, test } from 'vitest';
import { z } from 'zod';
import { runCheck } from '../../src/connector/check.ts';
import { type CheckStep, defineConnector } from '../../src/connector/connector.ts';
import { SourceFailure } from '../../src/connector/failures.ts';
import { contextFor } from '../support/connector-contract.ts';

function outcomeOf(check: (step: CheckStep, signal: AbortSignal) => Promise<void>, timeoutMs?: number) {
  const connector = defineConnector({
    shortName: 'scripted',
    name: 'Scripted',
    description: 'Does what the test says.',
    labels: [],
    configSchema: z.object({}),
    credentialSchemas: { NONE: z.object({}) },
    supportedSyncModes: [],
    check: ({ signal }, step) => check(step, signal),
    discover: async () => [],
    async *read() {},
  });
  return runCheck(connector, contextFor({ connector }, {}), (text) => text.replaceAll('canary', '[redacted]'), timeoutMs);
}

const never = () => new Promise<never>(() => {});

test('a test has an end, whatever the source does, and shows how far it came', async () => {
  let reason: unknown;
  const outcome = await outcomeOf(async (step, signal) => {
    signal.addEventListener('abort', () => {
      reason = signal.reason;
    });
    await step('Connect to the server', async () => {});
    await step('Authenticate', never);
  }, 50);
  const message = 'The source did not answer within 0.05 seconds.';
  expect(outcome).toMatchObject({
    status: 'FAILED',
    failureType: 'TIMEOUT',
    message,
    steps: [
      { title: 'Connect to the server', status: 'PASSED' },
      { title: 'Authenticate', status: 'FAILED', message },
    ],
  });
  expect(reason).toMatchObject({ type: 'TIMEOUT' });
});

test('a connector that hangs between its steps is not waited for either', async () => {
  expect(await outcomeOf(never, 50)).toMatchObject({ status: 'FAILED', failureType: 'TIMEOUT', steps: [] });
});

test('what a step shows is redacted and short, however long the names of a source are', async () => {
  const outcome = await outcomeOf(async (step) => {
    await step('Look', async () => ({ message: 'canary', details: { found: 'canary' } }));
    await step('Look again', async () => Promise.reject(new SourceFailure('CONFIG', `canary${'x'.repeat(100_000)}canary`)));
  });
  expect(JSON.stringify(outcome)).not.toContain('canary');
  expect([outcome.message.length, outcome.steps[1]?.message?.length]).toEqual([1000, 1000]);
});

test('an error of ours is not shown', async () => {
  const outcome = await outcomeOf(async (step) => {
    await step('Look', async () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:5432')));
  });
  expect(outcome).toMatchObject({
    failureType: 'INTERNAL',
    message: 'The test itself broke.',
    steps: [{ status: 'ERRORED', message: 'The test itself broke.' }],
  });
});
