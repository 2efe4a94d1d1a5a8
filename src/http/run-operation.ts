import { type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import { clientValuesOf } from './client-values.ts';
import { startDeadline, within } from './deadline.ts';
import { documentExcess } from './document-limits.ts';
import type { Engine } from './engine.ts';
import { createErrorFormatter, type ErrorContext } from './errors.ts';
import { isEventStream, type OperationResult, type SubscribeArgs } from './operation.ts';
import type { HttpOptions, OperationRequest } from './options.ts';
import { variableExcess } from './variable-limits.ts';

const defaultTimeoutMs = 30_000;
/** What a mutation gets in addition: it may test a source and list its streams, 30 s each, after waiting for a thread. */
const sourceTimeMs = 90_000;

export interface OperationParams {
  readonly query?: string | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** Answers one operation whatever the transport; expected and unexpected errors alike are in the result, ready for the client. */
export type RunOperation = (params: OperationParams, request: OperationRequest, allow?: { readonly mutations: boolean }) => Promise<OperationResult>;

export function createRunOperation(options: HttpOptions, engine: () => Engine): RunOperation {
  const format = createErrorFormatter(options.log, options.maskError);
  const { authenticate, createContext, createEventContext, suggestions = true } = options;
  const hideSuggestions = !suggestions;
  const { requestTimeoutMs = defaultTimeoutMs } = options;

  return async (params, request, allow = { mutations: true }) => {
    const query = params.query ?? '';
    const { parse, validate, schema, execute: run, subscribe: open } = engine();
    let document: ReturnType<typeof parse> | undefined;
    const about: ErrorContext = { requestId: request.requestId, clientValues: () => clientValuesOf(document, params.variables) };
    const toClientError = (error: unknown) => format(error, about);
    const finish = (result: ExecutionResult): ExecutionResult => (result.errors ? { ...result, errors: result.errors.map(toClientError) } : result);

    try {
      // Before anything is looked at: who may not come in costs nothing and learns nothing, not even whether a document is valid.
      const session = await authenticate(request);
      const excess = variableExcess(params.variables);
      if (excess) return { errors: [excess] };
      document = parse(query);
      const excesses = documentExcess(document);
      if (excesses.length > 0) return { errors: excesses };
      const invalid: readonly GraphQLError[] = validate(schema, document);
      if (invalid.length > 0) return { errors: invalid };
      const operation = getOperationAST(document, params.operationName);
      if (!operation) return { errors: [unknownOperation()] };
      if (operation.operation === 'mutation' && !allow.mutations) return { errors: [mutationByGet()] };

      const contextValue = await createContext(session, request);
      const args = { schema, document, contextValue, variableValues: params.variables, operationName: params.operationName, hideSuggestions };
      if (operation.operation !== 'subscription') {
        const isMutation = operation.operation === 'mutation';
        // What was begun goes on whether or not its client waits for it: a mutation is not to stop half-way.
        const deadline = isMutation ? startDeadline(requestTimeoutMs + sourceTimeMs) : startDeadline(requestTimeoutMs, request.left);
        const execution = { ...args, abortSignal: deadline.signal };
        return finish(await within(deadline, () => run(execution)));
      }
      const forEvent = async (event: unknown) => createEventContext?.(session, event, request) ?? createContext(await authenticate(request), request);
      const subscribeArgs: SubscribeArgs = { ...args, events: { createContext: forEvent, finish, toClientError, timeoutMs: requestTimeoutMs } };
      const result: OperationResult = await open(subscribeArgs);
      return isEventStream(result) ? result : finish(result);
    } catch (error) {
      return { errors: [toClientError(error)] };
    }
  };
}

function unknownOperation(): GraphQLError {
  return new GraphQLError('The document holds no operation of that name, or several and no name was given.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

function mutationByGet(): GraphQLError {
  return new GraphQLError('Mutations need a POST request.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { allow: 'POST' } } },
  });
}
