import type { CheckOutcome } from '../connector/check.ts';
import type { DiscoveredStream } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { ConnectionTestFailedError, InvalidCredentialsError, SourceUnavailableError } from '../errors.ts';
import { newId } from '../lib/typeid.ts';
import type { Target } from '../threads/tasks.ts';
import { type ConnectionTest, ConnectionTestEntity } from './connection-test.entity.ts';

export interface SetupTest {
  readonly outcome: CheckOutcome;
  /** What the source offers, `null` when the test failed before that was known. */
  readonly streams: readonly DiscoveredStream[] | null;
}

/** Dials the source in a thread: the connector's own steps, then one that lists the streams. */
export async function runSetupTest(ctx: Ctx, target: Target): Promise<SetupTest> {
  const outcome = await ctx.probes.check(target);
  if (outcome.status === 'FAILED') return { outcome, streams: null };
  const startedAt = performance.now();
  const discovered = await ctx.probes.discover(target);
  const durationMs = Math.round(performance.now() - startedAt);
  const step = (status: 'PASSED' | 'FAILED', message: string) => ({ title: 'List the streams', status, message, details: null, durationMs });
  const total = outcome.durationMs + durationMs;
  if (!discovered.ok) {
    const { message, failureType } = discovered;
    return {
      outcome: { status: 'FAILED', message, failureType, steps: [...outcome.steps, step('FAILED', message)], durationMs: total },
      streams: null,
    };
  }
  const { length } = discovered.streams;
  return {
    outcome: { ...outcome, steps: [...outcome.steps, step('PASSED', length === 1 ? 'One stream.' : `${length} streams.`)], durationMs: total },
    streams: discovered.streams,
  };
}

/** What was tested: a source connection, or configuration that is not saved (yet). */
export interface Tested {
  readonly organizationId: string;
  readonly collectionId: string | null;
  readonly id: string | null;
}

export function newTest(tested: Tested, outcome: CheckOutcome): ConnectionTest {
  return {
    id: newId('test'),
    organizationId: tested.organizationId,
    collectionId: tested.collectionId,
    sourceConnectionId: tested.id,
    status: outcome.status,
    message: outcome.message,
    steps: outcome.steps,
    startedAt: new Date(Date.now() - outcome.durationMs),
    durationMs: outcome.durationMs,
  };
}

export async function storeTest(tx: Transaction, test: ConnectionTest): Promise<void> {
  await tx.em.insert(ConnectionTestEntity, test);
}

/** Stores the failed test of something that is not saved, and makes the error that shows it. */
export async function refuse(ctx: Ctx, tested: Tested, outcome: CheckOutcome): Promise<ConnectionTestFailedError> {
  const test = newTest(tested, outcome);
  const error = errorOf(outcome, test.id);
  await inTransaction(ctx, async (tx) => {
    await storeTest(tx, test);
    tx.report(error.code);
  });
  return error;
}

function errorOf({ failureType, message }: CheckOutcome, testId: string): ConnectionTestFailedError {
  if (failureType === 'AUTH') return new InvalidCredentialsError(message, testId);
  if (failureType === 'UNAVAILABLE' || failureType === 'TIMEOUT') return new SourceUnavailableError(message, testId);
  return new ConnectionTestFailedError(message, testId);
}
