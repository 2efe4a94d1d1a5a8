import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { type Context, makeServer, type Server } from 'graphql-ws';
import { isEventStream, type OperationResult } from './operation.ts';
import type { OperationRequest } from './options.ts';
import { publicError } from './reply.ts';
import type { RunOperation } from './run-operation.ts';

/** Named so that a forgotten `complete` in a client's loop is found before it costs the gateway anything. */
const maxOperations = 100;
const initTimeoutMs = 3_000;

export interface SocketOrigin {
  readonly request: IncomingMessage;
  readonly requestId: string;
}

export type SocketContext = Context<Record<string, unknown>, SocketOrigin>;

function tooMany(): GraphQLError {
  return new GraphQLError(`A socket carries at most ${maxOperations} operations at once.`, { extensions: { code: 'LIMIT_EXCEEDED' } });
}

function requestOf({ extra, connectionParams }: SocketContext): OperationRequest {
  const { request, requestId } = extra;
  return { headers: request.headers, requestId, transport: 'websocket', ...(connectionParams ? { connectionParams } : {}) };
}

/** The protocol asks for a document to choose between its two callbacks; both only hand over what has been run. */
const carrier = parse('subscription { operation }');

/** The protocol hands thrown errors on as the cause of one of its own. */
function thrown(error: GraphQLError): GraphQLError {
  return error.cause instanceof GraphQLError ? error.cause : error;
}

function isResultHolder(value: unknown): value is { readonly result: OperationResult } {
  return typeof value === 'object' && value !== null && 'result' in value;
}

function resultOf(args: { readonly contextValue?: unknown }): OperationResult {
  if (!isResultHolder(args.contextValue)) throw new TypeError('The operation was not run.');
  return args.contextValue.result;
}

/**
 * The graphql-transport-ws protocol over {@link RunOperation}. Operations run in `onSubscribe`, because what is returned there as errors
 * ends the one operation with an `error` frame; what is thrown anywhere in the protocol ends the socket with all its operations.
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function createProtocolServer(run: RunOperation, schema: GraphQLSchema): Server<SocketOrigin> {
  return makeServer<Record<string, unknown>, SocketOrigin>({
    connectionInitWaitTimeout: initTimeoutMs,
    execute: resultOf,
    subscribe: resultOf,
    onSubscribe: async (context, _id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> => {
      if (Object.keys(context.subscriptions).length > maxOperations) return [tooMany()];
      const result = await run(payload, requestOf(context));
      if (!isEventStream(result) && result.errors && result.data === undefined) return result.errors;
      return { schema, document: carrier, contextValue: { result } };
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => publicError(thrown(error))),
  });
}
