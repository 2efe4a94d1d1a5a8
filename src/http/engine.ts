import { createYoga, type Plugin } from 'graphql-yoga';
import { createTextCache } from '../lib/text-cache.ts';
import { execute, subscribe } from './operation.ts';
import type { HttpOptions } from './options.ts';
import { parseDocument } from './syntax-errors.ts';
import { createValidate } from './value-rules.ts';

/** Of all documents whose parsed form is kept; that form takes some fifty times as much. */
const cachedCharacters = 1024 * 1024;
const longestCachedDocument = 32 * 1024;

/** Our functions in the place of yoga's, for HTTP, SSE and WebSocket alike. Yoga's caches of parsed and validated documents lie around them. */
function enginePlugin({ introspection = true, suggestions = true }: HttpOptions): Plugin {
  const validate = createValidate({ introspection, suggestions });
  return {
    onParse: ({ setParseFn }) => setParseFn(parseDocument),
    onValidate: ({ setValidationFn }) => setValidationFn((schema, document, rules, _typeInfo, options) => validate(schema, document, rules, options)),
    onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribe),
  };
}

/** Parses, validates and executes, with the plugins around each of them. */
export type Engine = ReturnType<ReturnType<typeof createYoga>['getEnveloped']>;

/** Yoga's engine: its plugins and its caches of parsed and validated documents, without its way of reading and answering requests. */
export function createEngine(options: HttpOptions): () => Engine {
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
    // Yoga's own keep a thousand documents, however large.
    parserAndValidationCache: {
      documentCache: createTextCache(cachedCharacters, longestCachedDocument),
      errorCache: createTextCache(cachedCharacters, longestCachedDocument),
    },
    plugins: [...(options.plugins ?? []), enginePlugin(options)],
  });
  return () => yoga.getEnveloped({});
}
