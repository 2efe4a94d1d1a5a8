import { GraphQLError } from 'graphql';
import type { Log } from '../lib/log.ts';
import { createRedactor } from '../lib/redact.ts';
import { isServerValueMessage, valueFreeCoercionMessage, valueFreeServerText } from './value-errors.ts';

const unexpectedMessage = 'Something went wrong on our side. Quote the request id when you report it.';

export interface ErrorContext {
  readonly requestId: string;
  /** Values of the client that no log line may repeat; asked for only when there is something to log. */
  readonly clientValues: () => readonly string[];
}

export type ErrorFormatter = (error: unknown, context: ErrorContext) => GraphQLError;

function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

/** Name, message, stack and causes as text, for a driver's error may carry a whole query with its parameters in other properties. */
function describe(error: unknown, redact: (text: string) => string, depth = 0): object {
  if (!(error instanceof Error)) return { message: redact(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const cause = error.cause !== undefined && depth < 4 ? { cause: describe(error.cause, redact, depth + 1) } : {};
  const clean = (text: string) => redact(error instanceof GraphQLError ? valueFreeServerText(text, error.message) : text);
  return { type: error.name, message: clean(error.message), stack: clean(error.stack ?? ''), ...code, ...cause };
}

function at(error: unknown) {
  if (!(error instanceof GraphQLError)) return {};
  return { ...(error.nodes ? { nodes: error.nodes } : {}), ...(error.path ? { path: error.path } : {}) };
}

/**
 * Makes the function that every error passes before a client sees it: wrong values lose the value, known errors keep their
 * message, the rest is logged and becomes one sentence with the request id, whatever NODE_ENV says.
 */
export function createErrorFormatter(log: Log, known: (error: unknown) => GraphQLError | undefined = () => undefined): ErrorFormatter {
  return (error, { requestId, clientValues }) => {
    // A code means that it has been here before, or that it is one of ours: graphql-js gives none.
    if (error instanceof GraphQLError && error.extensions['code'] === undefined) {
      const coercion = valueFreeCoercionMessage(error.message);
      if (coercion) return new GraphQLError(coercion, { ...at(error), extensions: { code: 'VALIDATION_FAILED' } });
    }
    const cause = rootCause(error);
    const explained = cause instanceof GraphQLError ? undefined : known(cause);
    if (explained) return new GraphQLError(explained.message, { ...at(error), extensions: explained.extensions });
    if (error instanceof GraphQLError && cause instanceof GraphQLError && !isServerValueMessage(cause.message)) return error;
    log.error({ requestId, error: describe(cause, createRedactor(clientValues())) }, 'An operation failed unexpectedly');
    return new GraphQLError(unexpectedMessage, { ...at(error), extensions: { code: 'INTERNAL', requestId } });
  };
}
