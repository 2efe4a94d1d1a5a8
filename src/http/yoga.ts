import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { answer, type Exchange } from './exchange.ts';
import type { OperationResult } from './operation.ts';
import type { HttpOptions } from './options.ts';
import { readParams } from './params.ts';
import { createRunOperation, enginePlugin, type RunOperation } from './run-operation.ts';

const mebibyte = 1024 * 1024;

export interface GraphqlHandler {
  readonly run: RunOperation;
  readonly handle: (exchange: Exchange) => Promise<void>;
  /** Ends all event streams so that their clients come back to another process. */
  readonly endStreams: () => void;
  /** Cuts off event streams whose readers did not take their end. */
  readonly cutStreams: () => void;
}

/**
 * Yoga's engine (its plugins and its caches of parsed and validated documents) behind our own reading and answering of requests: its pipeline
 * takes longer than a small query, pipes each body through a TransformStream, masks by NODE_ENV, and its event stream waits for nobody.
 */
export function createGraphqlHandler(options: HttpOptions): GraphqlHandler {
  const limitBytes = options.maxBodyBytes ?? mebibyte;
  const open = new Map<Exchange, () => void>();

  const yoga = createYoga({
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
    plugins: [...(options.plugins ?? []), enginePlugin],
  });
  const run = createRunOperation(options, () => yoga.getEnveloped({}));

  async function resultOf({ request, operation }: Exchange): Promise<OperationResult> {
    try {
      const params = await readParams(request, limitBytes);
      return await run(params, operation, { mutations: request.method === 'POST' });
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }

  return {
    run,
    handle: async (exchange) => {
      const end = answer(exchange, await resultOf(exchange));
      if (!end) return;
      open.set(exchange, end);
      exchange.response.once('close', () => open.delete(exchange));
    },
    endStreams: () => {
      for (const end of open.values()) end();
    },
    cutStreams: () => {
      for (const { response } of open.keys()) response.destroy();
    },
  };
}
