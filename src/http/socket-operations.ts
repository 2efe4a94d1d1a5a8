import { type ExecutionArgs, GraphQLError, parse } from 'graphql';
import { CloseCode, type Context, makeServer, type Server } from 'graphql-ws';
import { isEventStream, type OperationResult } from './operation.ts';
import type { HttpOptions, OperationRequest } from './options.ts';
import { createLogin, isRateLimited } from './rate-limiting.ts';
import { publicError } from './reply.ts';
import type { RunOperation } from './run-operation.ts';
import { isRefusal, type SessionWatch } from './session-watch.ts';
import type { SocketOrigin } from './socket-origin.ts';

/** Named so that a forgotten `complete` in a client's loop is found before it costs the gateway anything. */
const maxOperations = 100;
const initTimeoutMs = 3_000;
/** Upon which clients come back later; 4429 would end them for good. @see RFC 6455 section 7.4 */
const tryAgainLater = 1013;

export type SocketContext = Context<Record<string, unknown>, SocketOrigin>;

function tooMany(): GraphQLError {
  return new GraphQLError(`A socket carries at most ${maxOperations} operations at once.`, { extensions: { code: 'LIMIT_EXCEEDED' } });
}

function requestOf({ extra, connectionParams }: SocketContext): OperationRequest {
  const { request, requestId, address } = extra;
  return { headers: request.headers, requestId, address, transport: 'websocket', ...(connectionParams ? { connectionParams } : {}) };
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

interface Gate {
  readonly run: RunOperation;
  readonly watch: SessionWatch;
}

/**
 * The graphql-transport-ws protocol over {@link RunOperation}. Operations run in `onSubscribe`, because what is returned there as errors
 * ends the one operation with an `error` frame; what is thrown anywhere in the protocol ends the socket with all its operations.
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function createProtocolServer({ run, watch }: Gate, options: HttpOptions): Server<SocketOrigin> {
  const { schema, log } = options;
  const login = createLogin(options);
  return makeServer<Record<string, unknown>, SocketOrigin>({
    connectionInitWaitTimeout: initTimeoutMs,
    execute: resultOf,
    subscribe: resultOf,
    // Who may not come in is told so with 4403, now or when that ends.
    onConnect: async (context) => {
      const { extra } = context;
      const request = requestOf(context);
      const session = await login(request).catch((error: unknown) => {
        if (isRateLimited(error)) extra.close(tryAgainLater, 'Too many failed logins');
        else if (!isRefusal(error)) {
          log.error(
            { requestId: extra.requestId, error: error instanceof Error ? error.name : 'unknown' },
            'Who opens a socket could not be found out',
          );
          extra.close(tryAgainLater, 'Try again later');
        }
      });
      if (!session || (session.expiresAt && session.expiresAt.getTime() <= Date.now())) return false;
      const isAdmitted = extra.place.admit(session.principal);
      if (!isAdmitted) extra.close(tryAgainLater, 'Too many sockets');
      else extra.closed(watch.add({ request, session, end: () => extra.close(CloseCode.Forbidden, 'Forbidden') }));
      return isAdmitted;
    },
    onSubscribe: async (context, id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> => {
      if (Object.keys(context.subscriptions).length > maxOperations) return [tooMany()];
      const { pending } = context.extra;
      const controller = new AbortController();
      pending.set(id, controller);
      const result = await run(payload, { ...requestOf(context), left: controller.signal }).finally(() => pending.delete(id));
      if (!isEventStream(result) && result.errors && result.data === undefined) return result.errors;
      return { schema, document: carrier, contextValue: { result } };
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => publicError(thrown(error))),
  });
}
