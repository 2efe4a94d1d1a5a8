import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Acceptable } from './negotiate.ts';
import { isEventStream, type OperationResult } from './operation.ts';
import type { OperationRequest } from './options.ts';
import { headersOf, send, sendJson, statusOf, toJson } from './reply.ts';
import { sendEvents, sendSingleEvent } from './server-sent-events.ts';

/** One HTTP request and its answer on their way through yoga. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: OperationRequest;
  readonly acceptable: Acceptable;
}

export function notAcceptable({ request, response }: Exchange): void {
  const message = 'Accept application/graphql-response+json or application/json, for subscriptions text/event-stream.';
  sendJson(request, response, 406, { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}

function answerOnce(exchange: Exchange, result: ExecutionResult): void {
  const { request, response, acceptable } = exchange;
  if (!acceptable.json) {
    sendSingleEvent(response, result);
    return;
  }
  for (const [name, value] of Object.entries(headersOf(result))) response.setHeader(name, value);
  send(request, response, statusOf(result, acceptable.json), acceptable.json, toJson(result));
}

/** Sends the result in the form that the caller accepts. For a stream it returns what ends it early. */
export function answer(exchange: Exchange, result: OperationResult): ReturnType<typeof sendEvents> | undefined {
  if (!isEventStream(result)) {
    answerOnce(exchange, result);
    return undefined;
  }
  if (exchange.acceptable.eventStream) return sendEvents(exchange.response, result);
  void result.return();
  notAcceptable(exchange);
  return undefined;
}
