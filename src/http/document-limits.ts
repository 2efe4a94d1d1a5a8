import type { DocumentNode, GraphQLError } from 'graphql';
import { type DocumentShape, shapeOf } from './document-shape.ts';
import { limitError } from './limit-error.ts';

/**
 * How large a document may be. What GraphiQL, Relay, Apollo and code generators send is far below: the introspection query,
 * the largest of all, has 184 tokens and nests 15 levels deep.
 */
export const documentLimits = {
  /** UTF-16 code units of its text. */
  characters: 100_000,
  tokens: 4_000,
  depth: 16,
  fields: 1_000,
  rootFields: 50,
  aliases: 50,
  directives: 100,
  directivesOfOneElement: 4,
} as const;

const sentences: Readonly<Record<keyof DocumentShape, (count: string, limit: number) => string>> = {
  depth: (count, limit) => `The document nests ${count} levels of fields; the limit is ${limit}.`,
  fields: (count, limit) => `An operation of the document has ${count} fields, fragments included; the limit is ${limit}.`,
  rootFields: (count, limit) => `An operation of the document has ${count} fields at its top; the limit is ${limit}.`,
  aliases: (count, limit) => `The document has ${count} aliases; the limit is ${limit}.`,
  directives: (count, limit) => `The document has ${count} directives; the limit is ${limit}.`,
  directivesOfOneElement: (count, limit) => `One element of the document has ${count} directives; the limit is ${limit}.`,
};

function excessOf(shape: DocumentShape): readonly GraphQLError[] {
  return (Object.keys(sentences) as (keyof DocumentShape)[])
    .filter((what) => shape[what] > documentLimits[what])
    .map((what) => limitError(sentences[what](Number.isSafeInteger(shape[what]) ? String(shape[what]) : 'countless', documentLimits[what])));
}

interface Measured {
  readonly rootFields: number;
  readonly excess: readonly GraphQLError[];
}

const measured = new WeakMap<DocumentNode, Measured>();

/** How many operations in one a document is, and an error for each limit that it breaks. Asked before validation, some of whose rules take the square of a document's size. */
export function measure(document: DocumentNode): Measured {
  const known = measured.get(document);
  if (known) return known;
  const shape = shapeOf(document);
  const result = { rootFields: shape.rootFields, excess: excessOf(shape) };
  measured.set(document, result);
  return result;
}
