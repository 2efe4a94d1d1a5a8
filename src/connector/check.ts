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

const brokenTest = 'The test itself broke.';

/**
 * Runs a connector's check and records its steps. Never rejects: a failed test is a result.
 * @param redact takes secrets out of every text that a step shows
 */
export async function runCheck(connector: Connector, context: AnyConnectorContext, redact: (text: string) => string): Promise<CheckOutcome> {
  const steps: CheckStepOutcome[] = [];
  const startedAt = performance.now();
  const step: CheckStep = async (title, run) => {
    const stepStartedAt = performance.now();
    const record = (status: CheckStepOutcome['status'], message: string | null, details: JsonObject | null) =>
      steps.push({
        title,
        status,
        message: message && redact(message),
        details: details && redactDetails(details, redact),
        durationMs: Math.round(performance.now() - stepStartedAt),
      });
    try {
      const found = await run();
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
    message: redact(message),
    steps,
    durationMs: Math.round(performance.now() - startedAt),
    failureType,
  });
  try {
    await connector.check(context, step);
  } catch (error) {
    if (error instanceof SourceFailure) return outcome('FAILED', error.message, error.type);
    context.log('ERROR', error instanceof Error ? (error.stack ?? error.message) : String(error));
    return outcome('FAILED', brokenTest, 'INTERNAL');
  }
  const warning = steps.find(({ status }) => status === 'WARNING');
  return warning
    ? outcome('WARNING', warning.message ?? 'It works, with a warning.', null)
    : outcome('PASSED', `${connector.name} answers and lets us in.`, null);
}

function redactDetails(details: JsonObject, redact: (text: string) => string): JsonObject {
  return JSON.parse(redact(JSON.stringify(details))) as JsonObject;
}
