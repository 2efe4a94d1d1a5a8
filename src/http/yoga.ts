import { createYoga, type Plugin } from 'graphql-yoga';
import { answer, type Exchange } from './exchange.ts';
import type { OperationResult } from './operation.ts';
import type { HttpOptions } from './options.ts';
import { readParams } from './params.ts';
import { createRunOperation, enginePlugin, type RunOperation } from './run-operation.ts';

const mebibyte = 1024 * 1024;
interface ServerContext extends Record<string, unknown> {
  readonly exchange: Exchange;
}

export interface GraphqlHandler {
  readonly run: RunOperation;
  readonly handle: (exchange: Exchange) => Promise<void>;
  /** Ends all event streams so that their clients come back to another process. */
  readonly endStreams: () => void;
  /** Cuts off event streams whose readers did not take their end. */
  readonly cutStreams: () => void;
}

/**
 * Yoga's request pipeline and plugins, with our reading, running and answering of operations in it: its own reader pipes each body
 * through a TransformStream, its masking depends on NODE_ENV, and its event stream neither waits for the kernel nor for its reader.
 */
export function createGraphqlHandler(options: HttpOptions): GraphqlHandler {
  const limitBytes = options.maxBodyBytes ?? mebibyte;
  const open = new Map<Exchange, () => void>();

  const exchangePlugin: Plugin<Record<string, unknown>, ServerContext> = {
    onRequestParse: ({ serverContext: { exchange }, setRequestParser }) => setRequestParser(() => readParams(exchange.request, limitBytes)),
    onParams: ({ setParamsHandler }) =>
      setParamsHandler(({ params, context: { exchange } }) => run(params, exchange.operation, { mutations: exchange.request.method === 'POST' })),
    onResultProcess: ({ result, serverContext: { exchange }, setResultProcessor }) =>
      setResultProcessor(() => {
        const end = answer(exchange, result as OperationResult);
        if (end) {
          open.set(exchange, end);
          exchange.response.once('close', () => open.delete(exchange));
        }
        return answered;
      }, 'application/json'),
  };

  const yoga = createYoga<ServerContext>({
    schema: options.schema,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    cors: false,
    logging: false,
    // Both are done by our own layers: the byte limit in body.ts, the masking in errors.ts.
    maxRequestBodySize: false,
    maskedErrors: false,
    plugins: [...(options.plugins ?? []), enginePlugin, exchangePlugin],
  });
  // What yoga would send; the answer is already on its way.
  const answered = new yoga.fetchAPI.Response(null);
  const run = createRunOperation(options, () => yoga.getEnveloped({}));

  return {
    run,
    handle: async (exchange) => {
      const { method = 'GET', headers } = exchange.request;
      // The path is known and our layer reads the query string, so no URL is parsed here.
      const request = new yoga.fetchAPI.Request('http://localhost/graphql', { method, headers: headers as Record<string, string> });
      await yoga.handleRequest(request, { exchange });
    },
    endStreams: () => {
      for (const end of open.values()) end();
    },
    cutStreams: () => {
      for (const { response } of open.keys()) response.destroy();
    },
  };
}
