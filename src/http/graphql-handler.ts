import { GraphQLError } from 'graphql';
import { createEngine } from './engine.ts';
import { answer, type Exchange } from './exchange.ts';
import type { OperationResult } from './operation.ts';
import type { HttpOptions } from './options.ts';
import { readParams } from './params.ts';
import { createRunOperation, type RunOperation } from './run-operation.ts';
import type { SessionWatch } from './session-watch.ts';

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
 * Our own reading and answering of requests around yoga's engine: yoga's pipeline takes longer than a small query, pipes each body through
 * a TransformStream, masks by NODE_ENV, and its event stream waits for nobody.
 */
export function createGraphqlHandler(options: HttpOptions, watch: SessionWatch): GraphqlHandler {
  const reading = { limitBytes: options.maxBodyBytes ?? mebibyte, guardGet: options.guardGet ?? false };
  const open = new Map<Exchange, () => void>();
  const run = createRunOperation(options, createEngine(options));

  async function resultOf({ request, operation }: Exchange): Promise<OperationResult> {
    try {
      const params = await readParams(request, reading);
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
      const forget = watch.add({ request: exchange.operation, end: (error) => end(options.maskError?.(error)) });
      exchange.response.once('close', () => {
        forget();
        open.delete(exchange);
      });
    },
    endStreams: () => {
      for (const end of open.values()) end();
    },
    cutStreams: () => {
      for (const { response } of open.keys()) response.destroy();
    },
  };
}
