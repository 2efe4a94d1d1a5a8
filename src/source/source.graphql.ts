import { builder } from '../builder.ts';
import type { AuthMethod, authMethods, Connector, SyncMode, syncModes } from '../connector/connector.ts';
import { authMethodsOf, credentialSchemaOf, type FieldType, fieldsOf, fieldTypes, jsonSchemaOf, type SourceField } from '../connector/spec.ts';
import { connectors, findConnector } from '../connectors/index.ts';
import { ValidationError } from '../errors.ts';
import { pageComplexity } from '../paging/complexity.ts';
import { listPage } from '../paging/list.ts';
import { searchSources } from './search.ts';

const catalogLimits = { usual: 100, most: 500 };

export const AuthMethodEnum = builder.enumType('AuthMethod', {
  description: 'How a source lets us in.',
  values: {
    NONE: { description: 'It needs no credentials.' },
    CREDENTIALS: { description: 'A name and a password, or the like.' },
    API_KEY: { description: 'A key or a token.' },
    OAUTH2: { description: 'A person grants access in a browser.' },
  } satisfies Record<AuthMethod, object> & Record<(typeof authMethods)[number], object>,
});

export const SyncModeEnum = builder.enumType('SyncMode', {
  description: 'How a stream is read, and what becomes of the records that are there already.',
  values: {
    FULL_REFRESH_OVERWRITE: { description: 'Read everything each time; it replaces what was there, at once, when it is complete.' },
    FULL_REFRESH_APPEND: { description: 'Read everything each time; add it to what is there.' },
    INCREMENTAL_APPEND: { description: 'Read what is new since the last time; add it.' },
    INCREMENTAL_DEDUPED: { description: 'Read what is new since the last time; one record for each primary key, the newest.' },
  } satisfies Record<SyncMode, object> & Record<(typeof syncModes)[number], object>,
});

const fieldTypeDescriptions: Record<FieldType, string> = {
  STRING: 'One line of text.',
  PASSWORD: 'One line of text that must not be shown.',
  TEXT: 'Several lines of text.',
  INTEGER: 'A whole number.',
  NUMBER: 'A number.',
  BOOLEAN: 'Yes or no.',
  STRING_LIST: 'A list of texts.',
  JSON: 'Anything else: see the JSON Schema.',
};
const SourceFieldTypeEnum = builder.enumType('SourceFieldType', {
  description: 'How a form draws a field.',
  values: Object.fromEntries(fieldTypes.map((type) => [type, { description: fieldTypeDescriptions[type] }])) as Record<
    FieldType,
    { description: string }
  >,
});

const SourceFieldRef = builder.objectRef<SourceField>('SourceField').implement({
  description: 'One field of the form in which somebody connects a source.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The key in `config` or `credentials`.' }),
    title: t.exposeString('title', { description: 'The label of the field.' }),
    description: t.exposeString('description', { nullable: true, description: 'A hint below the field.' }),
    type: t.expose('type', { type: SourceFieldTypeEnum, description: 'How to draw it.' }),
    required: t.exposeBoolean('required', { description: 'Whether it must be filled in.' }),
    secret: t.exposeBoolean('secret', { description: 'Whether its value is sealed and never returned.' }),
    default: t.expose('default', { type: 'JSON', nullable: true, description: 'The value when it is left out.' }),
    allowedValues: t.field({
      type: ['JSON'],
      nullable: true,
      description: 'The only values that it takes; null when it is free.',
      resolve: ({ allowedValues }) => allowedValues && [...allowedValues],
    }),
  }),
});

export const SourceRef = builder.loadableNodeRef('Source', {
  id: { resolve: (source) => sourceId(source) },
  load: async (ids: string[]) => ids.map((id) => findConnector(id.slice('src_'.length)) ?? null) as Connector[],
  cacheResolved: (source) => sourceId(source),
});
SourceRef.implement({
  description: 'A kind of system in the catalog that can be connected.',
  fields: (t) => ({
    shortName: t.exposeString('shortName', { description: 'What it is called in inputs. Never changes.' }),
    name: t.exposeString('name', { description: 'What to show.' }),
    description: t.exposeString('description', { description: 'What it is and what it offers.' }),
    labels: t.stringList({ description: 'Words to filter the catalog by.', resolve: ({ labels }) => [...labels] }),
    documentationUrl: t.field({
      type: 'URL',
      nullable: true,
      description: 'Where to read more.',
      resolve: ({ documentationUrl }) => documentationUrl ?? null,
    }),
    iconUrl: t.field({ type: 'URL', nullable: true, description: 'A picture to show.', resolve: ({ iconUrl }) => iconUrl ?? null }),
    authMethods: t.field({ type: [AuthMethodEnum], description: 'How it lets us in; the first is the default.', resolve: authMethodsOf }),
    authFields: t.field({
      type: [SourceFieldRef],
      description: 'The fields of `credentials`.',
      args: { method: t.arg({ type: AuthMethodEnum, description: 'Of this auth method; the first one of the source when left out.' }) },
      resolve: (source, { method }) => fieldsOf(credentialSchemaOf(source, offered(source, method))),
    }),
    configFields: t.field({ type: [SourceFieldRef], description: 'The fields of `config`.', resolve: ({ configSchema }) => fieldsOf(configSchema) }),
    authSchema: t.field({
      type: 'JSONObject',
      description: 'The fields of `credentials` as JSON Schema 2020-12; secrets are `writeOnly` with format "password".',
      args: { method: t.arg({ type: AuthMethodEnum, description: 'Of this auth method; the first one of the source when left out.' }) },
      resolve: (source, { method }) => jsonSchemaOf(credentialSchemaOf(source, offered(source, method))),
    }),
    configSchema: t.field({
      type: 'JSONObject',
      description: 'The fields of `config` as JSON Schema 2020-12.',
      resolve: ({ configSchema }) => jsonSchemaOf(configSchema),
    }),
    supportedSyncModes: t.field({
      type: [SyncModeEnum],
      description: 'The sync modes that its streams may have.',
      resolve: ({ supportedSyncModes }) => [...supportedSyncModes],
    }),
    supportsContinuous: t.boolean({
      description: 'Whether it can be followed: a schedule may be continuous, each run right after the last.',
      resolve: ({ supportsContinuous }) => supportsContinuous ?? false,
    }),
    minIntervalMinutes: t.int({
      description: 'Minutes between two scheduled runs, at least.',
      resolve: ({ minIntervalMinutes }) => minIntervalMinutes ?? 1,
    }),
  }),
});

function sourceId({ shortName }: { shortName: string }): string {
  return `src_${shortName}`;
}

function offered(source: Connector, method: AuthMethod | null | undefined): AuthMethod {
  const methods = authMethodsOf(source);
  const [first] = methods;
  if (!first) throw new Error(`${source.shortName} offers no auth method`);
  if (method && !methods.includes(method)) throw new ValidationError([{ path: ['method'], message: `${source.name} offers ${methods.join(', ')}.` }]);
  return method ?? first;
}

const SourceFilterInput = builder.inputType('SourceFilter', {
  description: 'Which sources of the catalog. Conditions are combined with AND.',
  fields: (t) => ({
    search: t.string({ description: 'Part of the name, the short name or the description, in any case.' }),
    labels: t.stringList({ description: 'All of these labels.' }),
    authMethod: t.field({ type: AuthMethodEnum, description: 'Offers this auth method.' }),
  }),
});

const SourceCatalogConnection = builder.connectionObject(
  {
    type: SourceRef,
    name: 'SourceCatalogConnection',
    description: 'A page of the catalog.',
    fields: (t) => ({
      totalCount: t.field({
        type: 'SafeInt',
        description: 'How many sources the whole list has.',
        resolve: async ({ totalCount }) => (await totalCount?.()) ?? 0,
      }),
    }),
  },
  { name: 'SourceCatalogEdge', description: 'A source in a page of the catalog.' },
);

builder.queryField('sources', (t) =>
  t.connection(
    {
      type: SourceRef,
      description: 'The catalog: what can be connected. At most 500 at once, 100 when nothing is said.',
      complexity: pageComplexity(catalogLimits),
      args: { filter: t.arg({ type: SourceFilterInput, description: 'Only these.' }) },
      resolve: (_root, args) => listPage(args, searchSources(connectors, args.filter), ({ shortName }) => shortName, catalogLimits),
    },
    SourceCatalogConnection,
  ),
);

builder.queryField('source', (t) =>
  t.field({
    type: SourceRef,
    nullable: true,
    description: 'One source of the catalog; null when there is none of that name.',
    args: { shortName: t.arg.string({ required: true, description: 'For example "postgresql".' }) },
    resolve: (_root, { shortName }) => findConnector(shortName) ?? null,
  }),
);
