import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AnyConnectorContext, CheckStep, Connector, JsonObject } from './connector.ts';
import { type FailureType, SourceFailure } from './failures.ts';

export const checkStepStatuses = ['PASSED', 'WARNING', 'SKIPPED', 'FAILED', 'ERRORED'] as const;

export interface CheckStepOutcome {
  readonly title: string;
  readonly status: (typeof checkStepStatuses)[number];
  readonly message: string | null;
  readonly details: JsonObject | null;
  readonly durationMs: number;
}

export const checkStatuses = ['PASSED', 'WARNING', 'FAILED'] as const;

/** What a test found out. */
export interface CheckOutcome {
  readonly status: (typeof checkStatuses)[number];
  readonly message: string;
  readonly steps: readonly CheckStepOutcome[];
  readonly durationMs: number;
  /** Who is to blame when it failed: AUTH = the credentials were refused, UNAVAILABLE = not reached; `null` when it passed. */
  readonly failureType: FailureType | null;
}

/** A source may give its tables any names, and sentences quote them. */
const mostCharacters = 1000;

const brokenTest = 'The test itself broke.';

/** Together they would add up: a name, a connection, TLS and a login may take ten seconds each. */
const defaultTimeoutMs = 25_000;

/**
 * Runs a connector's check and records its steps. Never rejects: a failed test is a result.
 * @param redact takes secrets out of every text that a step shows
 * @param timeoutMs for the whole test; the step that is under way then fails with TIMEOUT. @default 25000
 */
export async function runCheck(
  connector: Connector,
  context: AnyConnectorContext,
  redact: (text: string) => string,
  timeoutMs = defaultTimeoutMs,
): Promise<CheckOutcome> {
  // Redacted first: half a secret would not be recognized.
  const shown = (text: string) => redact(text).slice(0, mostCharacters);
  const steps: CheckStepOutcome[] = [];
  const startedAt = performance.now();
  const deadline = startDeadline(timeoutMs);
  const step: CheckStep = async (title, run) => {
    const stepStartedAt = performance.now();
    const record = (status: CheckStepOutcome['status'], message: string | null, details: JsonObject | null) =>
      steps.push({
        title,
        status,
        message: message && shown(message),
        details: details && redactDetails(details, redact),
        durationMs: Math.round(performance.now() - stepStartedAt),
      });
    try {
      const found = await Promise.race([run(), deadline.passed]);
      record(found?.warning ? 'WARNING' : 'PASSED', found?.message ?? null, found?.details ?? null);
      return found;
    } catch (error) {
      if (error instanceof SourceFailure) record('FAILED', error.message, null);
      else record('ERRORED', brokenTest, null);
      throw error;
    }
  };
  const outcome = (status: CheckOutcome['status'], message: string, failureType: FailureType | null): CheckOutcome => ({
    status,
    message: shown(message),
    steps: [...steps],
    durationMs: Math.round(performance.now() - startedAt),
    failureType,
  });
  try {
    const signal = AbortSignal.any([context.signal, deadline.signal]);
    await Promise.race([connector.check({ ...context, signal }, step), deadline.passed]);
  } catch (error) {
    // The step under way hears of the deadline too, and is recorded first.
    await nextTurn();
    if (error instanceof SourceFailure) return outcome('FAILED', error.message, error.type);
    context.log('ERROR', error instanceof Error ? (error.stack ?? error.message) : String(error));
    return outcome('FAILED', brokenTest, 'INTERNAL');
  } finally {
    deadline.stop();
  }
  const warning = steps.find(({ status }) => status === 'WARNING');
  return warning
    ? outcome('WARNING', warning.message ?? 'It works, with a warning.', null)
    : outcome('PASSED', `${connector.name} answers and lets us in.`, null);
}

function startDeadline(timeoutMs: number) {
  const controller = new AbortController();
  const passed = Promise.withResolvers<never>();
  // Nobody waits for it between two steps.
  passed.promise.catch(() => {});
  const timer = setTimeout(() => {
    const failure = new SourceFailure('TIMEOUT', `The source did not answer within ${timeoutMs / 1000} seconds.`);
    passed.reject(failure);
    controller.abort(failure);
  }, timeoutMs);
  return { signal: controller.signal, passed: passed.promise, stop: () => clearTimeout(timer) };
}

function redactDetails(details: JsonObject, redact: (text: string) => string): JsonObject {
  return JSON.parse(redact(JSON.stringify(details))) as JsonObject;
}
