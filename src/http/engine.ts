import { type DocumentNode, GraphQLError, type GraphQLSchema } from 'graphql';
import { createTextCache } from '../lib/text-cache.ts';
import type { HttpOptions } from './options.ts';
import { parseDocument } from './syntax-errors.ts';
import { createValidate } from './value-rules.ts';

/** Of all documents whose parsed form is kept; that form takes some fifty times as much. */
const cachedCharacters = 1024 * 1024;
const longestCachedDocument = 32 * 1024;

/** Reads documents, for HTTP, SSE and WebSocket alike. The same document is parsed and validated once. */
export interface Engine {
  readonly schema: GraphQLSchema;
  /** @throws {GraphQLError} */
  parse(text: string): DocumentNode;
  validate(document: DocumentNode): readonly GraphQLError[];
}

export function createEngine({ schema, introspection = true, suggestions = true }: HttpOptions): Engine {
  const parsed = createTextCache<DocumentNode | GraphQLError>(cachedCharacters, longestCachedDocument);
  const validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  const validate = createValidate({ introspection, suggestions });

  return {
    schema,
    parse(text) {
      let known = parsed.get(text);
      if (!known) {
        known = parseOrError(text);
        parsed.set(text, known);
      }
      if (known instanceof GraphQLError) throw known;
      return known;
    },
    validate(document) {
      const errors = validated.get(document) ?? validate(schema, document);
      validated.set(document, errors);
      return errors;
    },
  };
}

function parseOrError(text: string): DocumentNode | GraphQLError {
  try {
    return parseDocument(text);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
