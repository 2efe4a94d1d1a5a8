import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GraphQLField,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { afterAll, describe, expect, it } from 'vitest';
import { schema } from '../src/schema.ts';
import { promisedNames } from './support/promised-names.ts';

const root = new URL('..', import.meta.url).pathname;
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const builtInScalars = ['String', 'Int', 'Float', 'Boolean', 'ID'];

describe('the schema', () => {
  it('describes every type, field, argument, input field and enum value', () => {
    const nameless: string[] = [];
    const check = (path: string, { description }: { description?: string | null | undefined }) => {
      if (!description || description.trim().length < 4) nameless.push(path);
    };
    for (const type of types) {
      if (!builtInScalars.includes(type.name)) check(type.name, type);
      if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
      if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) check(`${type.name}.${field.name}`, field);
      if (!isObjectType(type) && !isInterfaceType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        check(`${type.name}.${field.name}`, field);
        for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name})`, argument);
      }
    }
    expect(nameless).toEqual([]);
  });

  it('is what schema.graphql says', () => {
    expect(readFileSync(join(root, 'schema.graphql'), 'utf8').trim()).toBe(printSchema(lexicographicSortSchema(schema)).trim());
  });

  const paging = ['first', 'after', 'last', 'before'];
  const printed = (field: GraphQLField<unknown, unknown>) => {
    const names = field.args.map(({ name }) => name);
    const paged = paging.every((name) => names.includes(name));
    const others = field.args.filter(({ name }) => !(paged && paging.includes(name))).map(({ name, type }) => `${name}:${type}`);
    return { paged, others, type: String(field.type) };
  };

  it.each(Object.entries(promisedNames))('keeps what it promised of %s', (name, members) => {
    const type = schema.getType(name);
    expect(type).toBeDefined();
    for (const member of members.split(' ').filter(Boolean)) {
      const [, field = '', args, fieldType] = /^(\w+)(?:\((.*)\))?(?::([^:]+))?$/.exec(member) ?? [];
      if (isEnumType(type)) {
        expect(type.getValues().map((value) => value.name)).toContain(field);
      } else if (isInputObjectType(type)) {
        expect(`${field}:${type.getFields()[field]?.type}`).toBe(member);
      } else if (isObjectType(type) || isInterfaceType(type)) {
        const found = type.getFields()[field];
        expect(found, `${name}.${field}`).toBeDefined();
        if (!found) continue;
        const { paged, others, type: actual } = printed(found as GraphQLField<unknown, unknown>);
        expect(`${field}:${actual}`).toBe(`${field}:${fieldType}`);
        const promised = args?.split(',') ?? [];
        expect(paged, `${name}.${field} is paged`).toBe(promised.includes('…'));
        expect(others).toEqual(expect.arrayContaining(promised.filter((argument) => argument !== '…')));
      }
    }
  });

  const tests = 'InvalidCredentialsError SourceUnavailableError ConnectionTestFailedError';
  it.each([
    ['createSourceConnection', `ValidationError NotFoundError ${tests} ConflictError`],
    ['testSourceConnection', 'ValidationError NotFoundError'],
    ['testSource', 'ValidationError'],
    ['runSourceConnection', 'ValidationError NotFoundError SyncInProgressError InvalidTransitionError ConflictError'],
    ['updateSourceConnectionCredentials', `ValidationError NotFoundError ${tests}`],
    ['updateSourceConnectionConfig', `ValidationError NotFoundError ${tests} SyncInProgressError`],
    ['updateSourceConnection', 'ValidationError NotFoundError'],
    ['discoverSourceConnectionStreams', `ValidationError NotFoundError ${tests}`],
    ['clearSourceConnectionData', 'ValidationError NotFoundError SyncInProgressError'],
    ['deleteSourceConnection', 'ValidationError NotFoundError'],
    ['cancelSyncJob', 'ValidationError NotFoundError InvalidTransitionError'],
    ['pauseSyncJob', 'ValidationError NotFoundError InvalidTransitionError'],
    ['resumeSyncJob', 'ValidationError NotFoundError InvalidTransitionError'],
    ['retrySyncJob', 'ValidationError NotFoundError InvalidTransitionError SyncInProgressError'],
    ['pauseSourceConnection', 'ValidationError NotFoundError'],
    ['resumeSourceConnection', 'ValidationError NotFoundError'],
    ['cloneSourceConnection', `ValidationError NotFoundError ${tests} ConflictError`],
    ['createCollection', 'ValidationError ConflictError'],
    ['deleteCollection', 'ValidationError NotFoundError ConflictError'],
    ['createApiKey', 'ValidationError'],
    ['revokeApiKey', 'ValidationError NotFoundError'],
    ['createWebhook', 'ValidationError ConflictError'],
    ['updateWebhook', 'ValidationError NotFoundError'],
    ['deleteWebhook', 'ValidationError NotFoundError'],
    ['replayWebhook', 'ValidationError NotFoundError'],
  ])('%s gives its payload or one of its own errors', (mutation, errors) => {
    const name = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`;
    const result = schema.getType(`${name}Result`);
    expect(String(schema.getMutationType()?.getFields()[mutation]?.type)).toBe(`${name}Result!`);
    expect(
      isUnionType(result) &&
        result
          .getTypes()
          .map((type) => type.name)
          .sort(),
    ).toEqual([`${name}Payload`, 'ForbiddenError', 'RateLimitedError', ...errors.split(' ')].sort());
  });

  it('gives every error a code and a message', () => {
    const errors = types.filter((type) => isObjectType(type) && type.name.endsWith('Error'));
    expect(errors.length).toBeGreaterThanOrEqual(9);
    for (const error of errors) expect(isObjectType(error) && error.getInterfaces().map(({ name }) => name)).toContain('UserError');
  });

  it('makes everything with an id of its own a Node', () => {
    const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
    expect(nodes.sort()).toEqual(
      expect.arrayContaining([
        'ApiKey',
        'Collection',
        'CollectionRecord',
        'ConnectionTest',
        'Credential',
        'Organization',
        'Source',
        'SourceConnection',
        'SyncJob',
        'SyncJobTransition',
        'Webhook',
      ]),
    );
  });
});

describe('relay-compiler', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-relay-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('accepts the schema with fragments, pages, refetching, mutations and subscriptions', () => {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'schema.graphql'), readFileSync(join(root, 'schema.graphql')));
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(
      join(folder, 'relay.config.json'),
      JSON.stringify({ src: './src', schema: './schema.graphql', language: 'typescript', eagerEsModules: true }),
    );
    writeFileSync(
      join(folder, 'src/list.ts'),
      `import { graphql } from 'relay-runtime';
graphql\`query listQuery($count: Int!, $cursor: String) { viewer { role organization { name } } ...list_connections @arguments(count: $count, cursor: $cursor) }\`;
graphql\`fragment list_connections on Query
  @refetchable(queryName: "listPaginationQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
  sourceConnections(first: $count, after: $cursor) @connection(key: "list_sourceConnections") { edges { node { id ...list_item } } }
}\`;
graphql\`fragment list_item on SourceConnection @refetchable(queryName: "listItemRefetchQuery") {
  name status statusReason recordCount source { name iconUrl } latestSyncJob { id status recordsRead }
}\`;
graphql\`mutation listCreateMutation($input: CreateSourceConnectionInput!) {
  createSourceConnection(input: $input) {
    __typename
    ... on CreateSourceConnectionPayload { sourceConnection { ...list_item } syncJob { id status } }
    ... on UserError { code message }
    ... on ValidationError { issues { path message } }
  }
}\`;
graphql\`subscription listTransitionsSubscription($after: String) {
  syncJobTransitions(after: $after) { id cursor to syncJob { id status recordsRead } sourceConnection { id status } }
}\`;
`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules/relay-compiler/cli.js'), 'relay.config.json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, '']);
    expect(readdirSync(join(folder, 'src/__generated__')).sort()).toEqual([
      'listCreateMutation.graphql.ts',
      'listItemRefetchQuery.graphql.ts',
      'listPaginationQuery.graphql.ts',
      'listQuery.graphql.ts',
      'listTransitionsSubscription.graphql.ts',
      'list_connections.graphql.ts',
      'list_item.graphql.ts',
    ]);
  });
});
