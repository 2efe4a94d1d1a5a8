import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  validateExecutionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import { startDeadline, within } from './deadline.ts';
import { answerEvents } from './event-stream.ts';
import { Executor } from './executor.ts';
import { answerOnceForAll } from './shared-answers.ts';
import { valueFreeVariableError } from './value-errors.ts';

export type EventStream = AsyncGenerator<ExecutionResult, void, void>;
export type OperationResult = ExecutionResult | EventStream;

export function isEventStream(result: OperationResult): result is EventStream {
  return Symbol.asyncIterator in result;
}

/** graphql-js's `execute`, with wrong variables reported without their values. */
export function execute(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const validated = validateExecutionArgs(args);
  if (!('schema' in validated)) return { errors: validated.map(valueFreeVariableError) };
  return new Executor(validated).executeRootSelectionSet();
}

export interface SubscribeArgs extends ExecutionArgs {
  readonly events: {
    /** A context of its own for each event: one that lived as long as the subscription would answer from stale caches. `null` leaves the event out. */
    readonly createContext: (event: unknown) => Promise<object | null>;
    readonly finish: (result: ExecutionResult) => ExecutionResult;
    readonly toClientError: (error: unknown) => GraphQLError;
    /** For the answer to one event. */
    readonly timeoutMs: number;
  };
}

function hasEvents(args: ExecutionArgs): args is SubscribeArgs {
  return 'events' in args;
}

/** graphql-js's `subscribe`, with a context for each event and a source that is closed the moment the reader leaves. */
export async function subscribe(args: ExecutionArgs): Promise<OperationResult> {
  if (!hasEvents(args)) throw new TypeError('Subscriptions are opened with the way to answer their events.');
  const { createContext, finish, toClientError, timeoutMs } = args.events;
  const validated = validateSubscriptionArgs(args);
  if (!('schema' in validated)) return { errors: validated.map(valueFreeVariableError) };
  const source = await createSourceEventStream(validated);
  if (!(Symbol.asyncIterator in source)) return source;
  const { document } = args;
  const question = JSON.stringify([args.operationName, args.variableValues]);
  return answerEvents(
    source,
    async (event) => {
      const context = await createContext(event);
      if (context === null) return undefined;
      const execute = () => {
        const answer = (externalAbortSignal: AbortSignal) =>
          new Executor({ ...validated, contextValue: context, rootValue: event, externalAbortSignal }).executeRootSelectionSet(false);
        return within(startDeadline(timeoutMs), answer);
      };
      return finish(await answerOnceForAll({ context, event, document, question }, execute));
    },
    toClientError,
  );
}
