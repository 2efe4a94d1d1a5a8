import type { ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { EventStream } from './operation.ts';
import { toJson } from './reply.ts';

/** Often enough for proxies that drop silent connections. */
const pingMs = 12_000;
/** A reader that does not take the end of its stream is cut off after this. */
const endTimeoutMs = 2_000;

const next = (result: ExecutionResult) => `event: next\ndata: ${toJson(result)}\n\n`;
const complete = 'event: complete\ndata:\n\n';
const start = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });

/** Resolves when the kernel took the text or the connection is gone: nothing more is read from a source for a reader that does not read. */
function flush(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(text, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}

export function sendSingleEvent(response: ServerResponse, result: ExecutionResult): void {
  start(response).end(next(result) + complete);
}

/**
 * Writes a subscription in the "distinct connections" mode of GraphQL over SSE, until the source or the connection ends.
 * Returns what ends it: without the complete event, so that the client comes back, or with an error, so that it does not.
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 */
export function sendEvents(response: ServerResponse, stream: EventStream): (lastWords?: GraphQLError) => void {
  const leave = () => void stream.return();
  let goingAway = false;
  let error: GraphQLError | undefined;
  let unflushedPings = 0;
  if (response.destroyed) leave();
  response.once('close', leave);
  start(response).write(':\n\n');

  const ping = setInterval(() => {
    if (response.writableLength > 0 && ++unflushedPings >= 2) response.destroy();
    else if (response.writableLength === 0) {
      unflushedPings = 0;
      response.write(':\n\n');
    }
  }, pingMs);

  async function pump(): Promise<void> {
    try {
      for await (const result of stream) await flush(response, next(result));
    } catch (thrown) {
      if (thrown instanceof GraphQLError) error = thrown;
    } finally {
      if (error) await flush(response, next({ errors: [error] }));
      clearInterval(ping);
      if (!response.destroyed) response.end(goingAway ? undefined : complete);
    }
  }

  void pump();
  return (lastWords) => {
    goingAway = lastWords === undefined;
    error = lastWords;
    leave();
    // Who does not read will not take the end either.
    const cut = setTimeout(() => response.destroy(), endTimeoutMs);
    response.once('close', () => clearTimeout(cut));
  };
}
