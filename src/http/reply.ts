import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

function httpOf(error: GraphQLError): { readonly status?: number; readonly spec?: boolean; readonly headers?: Readonly<Record<string, string>> } {
  const http = error.extensions['http'];
  return typeof http === 'object' && http !== null ? http : {};
}

/** An error as clients see it: what it says to the HTTP layer stays here. */
export function publicError(error: GraphQLError): GraphQLFormattedError {
  const { message, locations, path, extensions: { http: _http, ...extensions } = {} } = error.toJSON();
  const shown = Object.keys(extensions).length > 0 ? { extensions } : {};
  return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), ...shown };
}

function publicResult({ errors, data, extensions }: ExecutionResult): object {
  return { ...(errors ? { errors: errors.map(publicError) } : {}), ...(data === undefined ? {} : { data }), ...(extensions ? { extensions } : {}) };
}

export function toJson(result: ExecutionResult): string {
  return JSON.stringify(result.errors ? publicResult(result) : result);
}

/** @see https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes */
export function statusOf({ errors, data }: ExecutionResult, mediaType: string): number {
  if (!errors) return 200;
  const nothingShown = data == null || Object.values(data).every((value) => value === null);
  if (nothingShown && errors.some((error) => error.extensions['code'] === 'UNAUTHORIZED')) return 401;
  // What an operation costs is found out with its arguments, when it is about to be executed.
  if (nothingShown && errors.every((error) => error.extensions['code'] === 'LIMIT_EXCEEDED')) return errors.map(httpOf)[0]?.status ?? 400;
  if (data !== undefined) return 200;
  const asked = errors.map(httpOf).find(({ status, spec }) => status && !spec)?.status;
  if (asked) return asked;
  if (errors.some((error) => error.extensions['code'] === 'INTERNAL')) return 500;
  return mediaType === 'application/json' ? 200 : 400;
}

export function headersOf({ errors }: ExecutionResult): Record<string, string> {
  return Object.assign({}, ...(errors ?? []).map((error) => httpOf(error).headers ?? {}));
}

/** Sends a whole body; HEAD gets its headers only. */
export function send(request: IncomingMessage, response: ServerResponse, status: number, contentType: string, body: string): void {
  const bytes = Buffer.byteLength(body);
  response.writeHead(status, { 'content-type': `${contentType}; charset=utf-8`, 'content-length': bytes });
  // Text of one byte a character is the same in both; as latin1 it is copied and not encoded.
  response.end(request.method === 'HEAD' ? undefined : body, bytes === body.length ? 'latin1' : 'utf8');
}

export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, value: object): void {
  send(request, response, status, 'application/json', JSON.stringify(value));
}
