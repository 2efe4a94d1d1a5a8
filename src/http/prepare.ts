import { type DocumentNode, GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql';
import { measure } from './document-limits.ts';
import type { Engine } from './engine.ts';
import type { HttpOptions } from './options.ts';
import { createDocumentLookup, type DocumentParams } from './persisted-operations.ts';
import { variableExcess } from './variable-limits.ts';

export interface OperationParams extends DocumentParams {
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** An operation that may be run. */
export interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** How many queries or mutations in one it is. */
  readonly rootFields: number;
}

/** Makes the function that reads an operation, or finds out why it cannot be run; no resolver is asked. @throws {GraphQLError} when there is no document to read */
export function createPrepare({ persistedOperations }: HttpOptions) {
  const documentOf = createDocumentLookup(persistedOperations);

  return (
    params: OperationParams,
    { parse, validate, schema }: Engine,
    allow: { readonly mutations: boolean },
  ): Prepared | readonly GraphQLError[] => {
    const excess = variableExcess(params.variables);
    if (excess) return [excess];
    const document: DocumentNode = parse(documentOf(params));
    const { rootFields, excess: excesses } = measure(document);
    if (excesses.length > 0) return excesses;
    const invalid: readonly GraphQLError[] = validate(schema, document);
    if (invalid.length > 0) return invalid;
    const operation = getOperationAST(document, params.operationName);
    if (!operation) return [unknownOperation()];
    if (operation.operation === 'mutation' && !allow.mutations) return [mutationByGet()];
    return { document, operation, rootFields };
  };
}

function unknownOperation(): GraphQLError {
  return new GraphQLError('The document holds no operation of that name, or several and no name was given.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

function mutationByGet(): GraphQLError {
  return new GraphQLError('Mutations need a POST request.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { allow: 'POST' } } },
  });
}
