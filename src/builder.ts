import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import ZodPlugin from '@pothos/plugin-zod';
import { GraphQLError, GraphQLScalarType } from 'graphql';
import { DateTimeResolver, JSONObjectResolver, JSONResolver, SafeIntResolver, URLResolver } from 'graphql-scalars';
import type { ZodError } from 'zod';
import type { JsonObject } from './connector/connector.ts';
import { issuesOf } from './connector/validate.ts';
import type { Ctx } from './context.ts';
import { ForbiddenError, RateLimitedError, ValidationError } from './errors.ts';
import { isoText } from './lib/iso-text.ts';
import { type IdPrefix, prefixOf } from './lib/typeid.ts';

export interface SchemaTypes {
  Context: Ctx;
  Defaults: 'v4';
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  AuthScopes: { viewer: boolean; editor: boolean; admin: boolean };
  /** Every list knows how to count itself, should somebody ask. */
  Connection: { totalCount?: () => Promise<number | null> };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSONObject: { Input: JsonObject; Output: object };
    JSON: { Input: unknown; Output: unknown };
    SafeInt: { Input: number; Output: number };
    URL: { Input: URL; Output: string };
  };
}

const nodeTypes: Partial<Record<IdPrefix, string>> = {
  org: 'Organization',
  col: 'Collection',
  cred: 'Credential',
  sc: 'SourceConnection',
  job: 'SyncJob',
  tr: 'SyncJobTransition',
  test: 'ConnectionTest',
  rec: 'CollectionRecord',
  src: 'Source',
  key: 'ApiKey',
  wh: 'Webhook',
};

/** A connection has counted the items of its page already. */
const countedAbove = { field: 1, multiplier: 1 };

/** A query may cost this much: about 20 full pages of 100, each item with a dozen fields and two objects below it. */
const limits = { complexity: 60_000, depth: 16, breadth: 1_000 };

export const builder = new SchemaBuilder<SchemaTypes>({
  defaults: 'v4',
  // The order decides: authorization before validation, and both inside what the errors plugin turns into data.
  plugins: [ErrorsPlugin, ScopeAuthPlugin, ZodPlugin, RelayPlugin, DataloaderPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  errors: {
    directResult: true,
    // What every mutation can answer, whatever it does.
    defaultTypes: [ForbiddenError, RateLimitedError],
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
      description:
        'The payload, or the error that was expected. Select `... on UserError { code message }` to be ready for errors that are added later.',
    },
  },
  scopeAuth: {
    // Keys, webhooks and the audit log are about the whole organization: who sees only some of its collections does not get there.
    authScopes: ({ role, collectionIds }) => ({ viewer: true, editor: role !== 'VIEWER', admin: role === 'ADMIN' && collectionIds === null }),
    authorizeOnSubscribe: true,
    unauthorizedError: () => new ForbiddenError('Your role does not allow this.'),
  },
  zod: {
    validationError: (error: ZodError) =>
      new ValidationError(issuesOf(error).map(({ path, message }) => ({ path: path[0] === 'input' ? path.slice(1) : path, message }))),
  },
  relay: {
    encodeGlobalID: (_typename, id) => String(id),
    // What is no id of ours has to be of some type: a caller sees one organization, its own, so this one costs nothing to look for.
    decodeGlobalID: (id) => ({ typename: nodeTypes[prefixOf(id) ?? 'org'] ?? 'Organization', id }),
    cursorType: 'String',
    edgesFieldOptions: { description: 'The items with their cursors.', complexity: countedAbove },
    nodesOnConnection: { description: 'The items.', complexity: countedAbove },
    nodeFieldOptions: { description: 'The item.' },
    cursorFieldOptions: { description: 'Where the item stands in this list. Opaque; bound to the order and the filter of the list.' },
    pageInfoFieldOptions: { description: 'How to get the next and the previous page.' },
    firstArgOptions: { description: 'At most so many of the first items.' },
    lastArgOptions: { description: 'At most so many of the last items.' },
    afterArgOptions: { description: 'Only items after this cursor.' },
    beforeArgOptions: { description: 'Only items before this cursor.' },
    idFieldOptions: { description: 'A TypeID: a prefix that names the type, and a UUIDv7 in base32. Sorts by creation time.' },
    nodeTypeOptions: { description: 'Anything that has an id of its own and can be fetched again by it.' },
    pageInfoTypeOptions: { description: 'Where a page stands in its list.' },
    hasNextPageFieldOptions: { description: 'Whether there is more after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there is more before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first item; pass it as `before` for the previous page.' },
    endCursorFieldOptions: { description: 'The cursor of the last item; pass it as `after` for the next page.' },
    nodeQueryOptions: {
      description: 'Any object by its id; null when there is none, or it is not yours.',
      args: { id: { description: 'The id of the object.' } },
    },
    nodesQueryOptions: {
      description: 'Several objects by their ids, in the order of the ids; null where there is none.',
      args: { ids: { description: 'The ids of the objects, at most 100.' } },
      resolve: async (_root, { ids }, _ctx, _info, resolveNodes) => {
        if (ids.length > 100) throw new GraphQLError('At most 100 ids at once.', { extensions: { code: 'LIMIT_EXCEEDED' } });
        return resolveNodes(ids);
      },
    },
  },
  complexity: {
    limit: limits,
    complexityError: (kind, result) =>
      new GraphQLError(
        `The query is too large: its ${kind.toLowerCase()} is ${result[kind.toLowerCase() as keyof typeof limits]}, the limit is ${limits[kind.toLowerCase() as keyof typeof limits]}.`,
        {
          extensions: { code: 'LIMIT_EXCEEDED' },
        },
      ),
  },
});

/** The package's own leaves a Date for JSON.stringify, which then takes eight times as long for the whole answer. */
function toIsoText(value: unknown): string {
  if (value instanceof Date) return isoText(value);
  throw new TypeError('DateTime is made of dates only.');
}
const DateTime = new GraphQLScalarType({ ...DateTimeResolver.toConfig(), serialize: toIsoText, coerceOutputValue: toIsoText });

builder.addScalarType('DateTime', DateTime, {
  description: 'A point in time, RFC 3339 in UTC with milliseconds: `2026-01-31T09:30:00.000Z`.',
});
builder.addScalarType('JSONObject', JSONObjectResolver, { description: 'A JSON object.' });
builder.addScalarType('JSON', JSONResolver, { description: 'Any JSON value.' });
builder.addScalarType('SafeInt', SafeIntResolver, {
  description: 'A whole number up to 2^53 - 1, which is more than Int holds. JavaScript reads it without loss.',
});
builder.addScalarType('URL', URLResolver, { description: 'An absolute URL.' });

builder.queryType({ description: 'Everything that can be read.', authScopes: { viewer: true } });
builder.mutationType({
  description: 'Everything that can be changed. Expected errors are members of the result union.',
  authScopes: { editor: true },
});
builder.subscriptionType({
  description: 'Everything that is pushed as it happens, over graphql-transport-ws or server-sent events.',
  authScopes: { viewer: true },
});
