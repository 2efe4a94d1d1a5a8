import { GraphQLError } from 'graphql';

/** The ways in which a request says what to run. */
export interface DocumentParams {
  readonly query?: string | null | undefined;
  /** `sha256:` and the hash in hexadecimal. @see https://github.com/graphql/graphql-over-http/pull/264 */
  readonly documentId?: unknown;
  /** Apollo's way: `extensions.persistedQuery.sha256Hash`. */
  readonly extensions?: unknown;
}

/** Clients that can send the whole document instead do so upon these very messages. */
function refusal(message: string, code: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The SHA-256 by which a request names its document, if it does. */
export function hashOf({ documentId, extensions }: DocumentParams): string | undefined {
  const hash = documentId ?? property(property(extensions, 'persistedQuery'), 'sha256Hash');
  return typeof hash === 'string' ? hash.replace(/^sha256:/, '').toLowerCase() : undefined;
}

/**
 * Makes the function that tells which document to run. Where documents are stored it is one of these or none at all: whatever else a request
 * holds is not even parsed.
 * @param stored documents by their SHA-256; undefined = any document may run
 */
export function createDocumentLookup(stored: ReadonlyMap<string, string> | undefined): (params: DocumentParams) => string {
  if (!stored) {
    return (params) => {
      if (!params.query && hashOf(params)) throw refusal('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
      return params.query ?? '';
    };
  }
  const texts = new Set(stored.values());
  return (params) => {
    const document = stored.get(hashOf(params) ?? '') ?? (params.query && texts.has(params.query) ? params.query : undefined);
    if (document === undefined) throw refusal('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');
    return document;
  };
}
