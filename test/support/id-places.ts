import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** What kind of thing an argument names. */
export const kinds = [
  'anything',
  'organization',
  'collection',
  'readableId',
  'sourceConnection',
  'credential',
  'syncJob',
  'apiKey',
  'webhook',
  'cursor',
  'idempotencyKey',
] as const;
export type Kind = (typeof kinds)[number];

/** An argument, or a field of an input, that names something. */
export interface IdPlace {
  /** `Query.syncJobs(filter.collectionId)` */
  readonly at: string;
  readonly parent: string;
  readonly field: string;
  readonly path: readonly string[];
  readonly isList: boolean;
  readonly kind: Kind;
}

/** Texts that name nothing that is stored: what people write, and words of catalogs. */
const plainTexts = new Set(
  `name description search email url sourceShortName sourceShortNames shortName labels namespace cursorField primaryKey selectedFields
  timezone expression dailySyncTime`.split(/\s+/),
);

const byName: Readonly<Record<string, Kind>> = {
  collectionId: 'collection',
  collectionIds: 'collection',
  readableId: 'readableId',
  sourceConnectionId: 'sourceConnection',
  sourceConnectionIds: 'sourceConnection',
  credentialId: 'credential',
  syncJobId: 'syncJob',
  syncJobIds: 'syncJob',
  after: 'cursor',
  before: 'cursor',
  idempotencyKey: 'idempotencyKey',
};

/** What an argument called `id` names: the first that the field, or the input that it stands in, is called after. */
const byOwner: readonly (readonly [RegExp, Kind])[] = [
  [/^nodes?$/, 'anything'],
  [/SourceConnection/i, 'sourceConnection'],
  [/SyncJob/i, 'syncJob'],
  [/ApiKey/i, 'apiKey'],
  [/Webhook/i, 'webhook'],
  [/Collection/i, 'collection'],
];

/** Every place of the schema that takes an id, and every one of which nobody has said what it takes. */
export function idPlaces(schema: GraphQLSchema): { readonly places: IdPlace[]; readonly unknown: string[] } {
  const places: IdPlace[] = [];
  const unknown: string[] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const visit = (input: GraphQLArgument | GraphQLInputField, path: readonly string[], owner: string, above: readonly string[]) => {
        const named = getNamedType(input.type);
        if (isInputObjectType(named)) {
          if (above.includes(named.name)) return;
          for (const inner of Object.values(named.getFields())) visit(inner, [...path, inner.name], named.name, [...above, named.name]);
          return;
        }
        const isId = named.name === 'ID';
        if (!isId && (named.name !== 'String' || plainTexts.has(input.name))) return;
        const kind = byName[input.name] ?? (isId ? kindOfId(owner, field.name) : undefined);
        const at = `${type.name}.${field.name}(${path.join('.')})`;
        if (!kind) unknown.push(`${at} takes a text or an id: say in test/support/id-places.ts what it names, or that it names nothing.`);
        else
          places.push({
            at,
            parent: type.name,
            field: field.name,
            path,
            kind,
            isList: isListType(isNonNullType(input.type) ? input.type.ofType : input.type),
          });
      };
      for (const argument of field.args) visit(argument, [argument.name], '', []);
    }
  }
  return { places, unknown };
}

function kindOfId(owner: string, field: string): Kind | undefined {
  // An input of its own for each mutation is called like it; a shared one says itself what it is about.
  return byOwner.find(([name]) => name.test(owner || field))?.[1];
}
