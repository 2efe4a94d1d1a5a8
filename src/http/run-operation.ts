import type { DocumentNode, ExecutionResult } from 'graphql';
import { clientValuesOf } from './client-values.ts';
import { startDeadline, within } from './deadline.ts';
import type { Engine } from './engine.ts';
import { createErrorFormatter, type ErrorContext } from './errors.ts';
import { isEventStream, type OperationResult, type SubscribeArgs } from './operation.ts';
import type { HttpOptions, OperationRequest } from './options.ts';
import { createPrepare, type OperationParams } from './prepare.ts';
import { createCountOperations, createLogin, rateLimited } from './rate-limiting.ts';

const defaultTimeoutMs = 30_000;
/** What a mutation gets in addition: it may test a source and list its streams, 30 s each, after waiting for a thread. */
const sourceTimeMs = 90_000;

/** Answers one operation whatever the transport; expected and unexpected errors alike are in the result, ready for the client. */
export type RunOperation = (params: OperationParams, request: OperationRequest, allow?: { readonly mutations: boolean }) => Promise<OperationResult>;

export function createRunOperation(options: HttpOptions, createEngine: () => Engine): RunOperation {
  const { authenticate, createContext, createEventContext, suggestions = true, requestTimeoutMs = defaultTimeoutMs } = options;
  const format = createErrorFormatter(options.log, options.maskError);
  const login = createLogin(options);
  const prepare = createPrepare(options);
  const count = createCountOperations(options.rateLimits);

  return async (params, request, allow = { mutations: true }) => {
    const engine = createEngine();
    let document: DocumentNode | undefined;
    const about: ErrorContext = { requestId: request.requestId, clientValues: () => clientValuesOf(document, params.variables) };
    const toClientError = (error: unknown) => format(error, about);
    const finish = (result: ExecutionResult): ExecutionResult => (result.errors ? { ...result, errors: result.errors.map(toClientError) } : result);
    const tryToPrepare = () => {
      try {
        return prepare(params, engine, allow);
      } catch (error) {
        return [toClientError(error)];
      }
    };

    try {
      // Before anything is looked at: who may not come in costs nothing and learns nothing, not even whether a document is valid.
      const session = await login(request);
      const prepared = tryToPrepare();
      const isReady = 'operation' in prepared;
      const kind = isReady ? prepared.operation.operation : undefined;
      const waitSeconds = await count(session, request, isReady ? prepared.rootFields : 1);
      // A mutation says it itself, in its result.
      if (waitSeconds > 0 && kind !== 'mutation') return { errors: [rateLimited(waitSeconds)] };
      if (!isReady) return { errors: prepared };

      document = prepared.document;
      const contextValue = await createContext(session, request, waitSeconds);
      const args = {
        schema: engine.schema,
        document,
        contextValue,
        variableValues: params.variables,
        operationName: params.operationName,
        hideSuggestions: !suggestions,
      };
      if (kind !== 'subscription') {
        // What was begun goes on whether or not its client waits for it: a mutation is not to stop half-way.
        const deadline = kind === 'mutation' ? startDeadline(requestTimeoutMs + sourceTimeMs) : startDeadline(requestTimeoutMs, request.left);
        const execution = { ...args, abortSignal: deadline.signal };
        return finish(await within(deadline, () => engine.execute(execution)));
      }
      const forEvent = async (event: unknown) => createEventContext?.(session, event, request) ?? createContext(await authenticate(request), request);
      const subscribeArgs: SubscribeArgs = { ...args, events: { createContext: forEvent, finish, toClientError, timeoutMs: requestTimeoutMs } };
      const result: OperationResult = await engine.subscribe(subscribeArgs);
      return isEventStream(result) ? result : finish(result);
    } catch (error) {
      return { errors: [toClientError(error)] };
    }
  };
}
