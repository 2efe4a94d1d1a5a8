import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { readBody } from './body.ts';
import { hashOf } from './persisted-operations.ts';

export interface RequestParams {
  /** Absent where the document is named by its hash. */
  readonly query?: string;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** A browser sends none of these to another site without asking first, so a foreign form cannot run an operation. */
const jsonTypes: ReadonlySet<string> = new Set(['application/json', 'application/graphql-response+json', 'application/graphql+json']);

/** Any of these makes a browser ask first whether a page may send the request to another origin. */
const guardHeaders = ['x-requested-with', 'graphql-require-preflight', 'apollo-require-preflight'] as const;

function refused(status: number, message: string, headers?: Record<string, string>): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, ...(headers ? { headers } : {}) } } });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The engine's own message would quote the text. */
function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused(400, `${what} is not valid JSON.`);
  }
}

function checked(params: Record<string, unknown>): RequestParams {
  const { query, variables, operationName, extensions, documentId } = params;
  const isNamed = (query == null || query === '') && hashOf({ documentId, extensions }) !== undefined;
  if (!isNamed && (typeof query !== 'string' || query === '')) throw refused(400, 'The parameter "query" must be a GraphQL document.');
  if (variables != null && !isObject(variables)) throw refused(400, 'The parameter "variables" must be an object.');
  if (operationName != null && typeof operationName !== 'string') throw refused(400, 'The parameter "operationName" must be a string.');
  if (extensions != null && !isObject(extensions)) throw refused(400, 'The parameter "extensions" must be an object.');
  return {
    ...(typeof query === 'string' ? { query } : {}),
    ...(documentId == null ? {} : { documentId }),
    ...(extensions ? { extensions } : {}),
    ...(variables ? { variables } : {}),
    ...(operationName ? { operationName } : {}),
  };
}

function fromUrl(url: string): RequestParams {
  const start = url.indexOf('?');
  const search = new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
  const json = (name: string) => {
    const text = search.get(name);
    return text ? parseJson(text, `The parameter "${name}"`) : undefined;
  };
  return checked({
    query: search.get('query') ?? undefined,
    documentId: search.get('documentId') ?? undefined,
    variables: json('variables'),
    operationName: search.get('operationName') || undefined,
    extensions: json('extensions'),
  });
}

async function fromBody(request: IncomingMessage, limitBytes: number): Promise<RequestParams> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  if (!jsonTypes.has(type.trim()) || (charset && !/=\s*"?utf-8"?\s*$/.test(charset)) || request.headers['content-encoding']) {
    throw refused(415, 'Send the operation as application/json in UTF-8.');
  }
  const body = parseJson(await readBody(request, limitBytes), 'The request body');
  if (!isObject(body)) throw refused(400, 'The request body must be a JSON object.');
  return checked(body);
}

export interface ReadingOptions {
  readonly limitBytes: number;
  readonly guardGet: boolean;
}

/** The GraphQL parameters of a request. @throws {GraphQLError} with the HTTP status in its extensions */
export async function readParams(request: IncomingMessage, { limitBytes, guardGet }: ReadingOptions): Promise<RequestParams> {
  if (request.method === 'POST') return fromBody(request, limitBytes);
  if (request.method === 'GET') {
    if (guardGet && !guardHeaders.some((name) => name in request.headers)) {
      throw refused(400, `A GET needs one of the headers ${guardHeaders.join(', ')}, or use POST.`);
    }
    return fromUrl(request.url ?? '');
  }
  throw refused(405, 'GraphQL is served by GET and POST.', { allow: 'GET, POST' });
}
