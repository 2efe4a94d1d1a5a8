import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { seed } from '../support/seed.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.cleanUp());

const shortNames = async (args: string): Promise<string[]> =>
  (await gateway.query(`{ sources${args} { nodes { shortName } } }`)).sources.nodes.map((source: { shortName: string }) => source.shortName);

describe('the catalog', () => {
  it('lists every source, and each can be fetched again by its id and its short name', async () => {
    const { sources } = await gateway.query(
      '{ sources { totalCount nodes { id shortName name description labels supportedSyncModes minIntervalMinutes supportsContinuous } } }',
    );
    expect(sources.nodes.map((source: { shortName: string }) => source.shortName)).toEqual(expect.arrayContaining(['postgresql', 'files', 'faker']));
    expect(sources.totalCount).toBe(sources.nodes.length);
    for (const source of sources.nodes) {
      expect(source).toMatchObject({ id: `src_${source.shortName}`, minIntervalMinutes: 1, supportsContinuous: source.shortName !== 'files' });
      for (const text of [source.name, source.description]) expect(text).not.toBe('');
      const again = await gateway.query(
        'query ($id: ID!, $name: String!) { node(id: $id) { id ... on Source { name } } source(shortName: $name) { id } }',
        {
          id: source.id,
          name: source.shortName,
        },
      );
      expect(again).toEqual({ node: { id: source.id, name: source.name }, source: { id: source.id } });
    }
  });

  it.each(['oracle', '', 'constructor', '__proto__', 'POSTGRESQL'])('has no source called %j', async (shortName) => {
    expect(await gateway.query('query ($name: String!) { source(shortName: $name) { id } }', { name: shortName })).toEqual({ source: null });
  });

  it('says of each field of a form what a form needs', async () => {
    const { source } = await gateway.query(`{ source(shortName: "postgresql") {
      authMethods
      authFields { name title type required secret default allowedValues }
      configFields { name type required secret default allowedValues }
    } }`);
    expect(source.authMethods).toEqual(['CREDENTIALS']);
    expect(source.authFields).toEqual([
      { name: 'host', title: 'Host', type: 'STRING', required: true, secret: false, default: null, allowedValues: null },
      { name: 'port', title: 'Port', type: 'INTEGER', required: false, secret: false, default: 5432, allowedValues: null },
      { name: 'database', title: 'Database', type: 'STRING', required: true, secret: false, default: null, allowedValues: null },
      { name: 'username', title: 'User name', type: 'STRING', required: true, secret: false, default: null, allowedValues: null },
      { name: 'password', title: 'Password', type: 'PASSWORD', required: true, secret: true, default: null, allowedValues: null },
    ]);
    expect(source.configFields).toEqual([
      { name: 'schemas', type: 'STRING_LIST', required: false, secret: false, default: ['public'], allowedValues: null },
      { name: 'tls', type: 'STRING', required: false, secret: false, default: null, allowedValues: ['disable', 'require', 'verify-full'] },
      { name: 'caCertificate', type: 'TEXT', required: false, secret: false, default: null, allowedValues: null },
    ]);
  });

  it('says the same in JSON Schema: fields, order, required ones and secrets', async () => {
    const { sources } = await gateway.query(
      '{ sources { nodes { shortName authMethods configSchema configFields { name required default } authSchema authFields { name required secret } } } }',
    );
    for (const { configSchema, configFields, authSchema, authFields } of sources.nodes) {
      for (const [schema, fields] of [
        [configSchema, configFields],
        [authSchema, authFields],
      ]) {
        expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', additionalProperties: false });
        expect(Object.keys(schema.properties)).toEqual(fields.map(({ name }: { name: string }) => name));
        expect([...(schema.required ?? [])].sort()).toEqual(
          fields
            .filter(({ required }: { required: boolean }) => required)
            .map(({ name }: { name: string }) => name)
            .sort(),
        );
      }
      for (const { name, secret } of authFields) {
        const { writeOnly = false, format } = authSchema.properties[name];
        expect([name, writeOnly, format === 'password']).toEqual([name, secret, secret]);
      }
    }
  });

  it('shows the fields of the auth method that is asked for, and refuses one that the source does not offer', async () => {
    const fields =
      'query ($method: AuthMethod) { source(shortName: "files") { authMethods authFields(method: $method) { name } authSchema(method: $method) } }';
    const names = async (method: string | null) =>
      (await gateway.query(fields, { method })).source.authFields.map(({ name }: { name: string }) => name);
    expect(await names(null)).toEqual([]);
    expect(await names('CREDENTIALS')).toEqual(['username', 'password']);
    expect(await names('API_KEY')).toEqual(['token']);
    expect(await gateway.execute(fields, { method: 'OAUTH2' })).toMatchObject({
      errors: [{ path: ['source', 'authFields'], extensions: { code: 'VALIDATION_FAILED', issues: [{ path: ['method'] }] } }],
    });
  });

  it.each([
    ['a part of the name in any case', '(filter: { search: "POSTGRE" })', ['postgresql']],
    ['a part of the description', '(filter: { search: "ndjson" })', ['files']],
    ['what is nowhere', '(filter: { search: "oracle" })', []],
    ['a label', '(filter: { labels: ["database"] })', ['postgresql', 'sqlite']],
    ['two labels', '(filter: { labels: ["database", "files"] })', ['sqlite']],
    ['two labels that no source has both of', '(filter: { labels: ["test data", "files"] })', []],
    ['an auth method', '(filter: { authMethod: API_KEY })', ['files']],
    ['all of them together', '(filter: { search: "fil", authMethod: API_KEY, labels: ["files"] })', ['files']],
  ])('is searched by %s', async (_title, args, expected) => {
    expect(await shortNames(args)).toEqual(expected);
  });

  it('pages both ways', async () => {
    const all = await shortNames('');
    const page = async (args: string) =>
      (await gateway.query(`{ sources(${args}) { nodes { shortName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`)).sources;
    const first = await page('first: 1');
    expect(first).toMatchObject({ nodes: [{ shortName: all[0] }], pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const rest = await page(`first: 500, after: "${first.pageInfo.endCursor}"`);
    expect(rest.nodes.map((node: { shortName: string }) => node.shortName)).toEqual(all.slice(1));
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await page(`last: 1, before: "${rest.pageInfo.endCursor}"`)).toMatchObject({ nodes: [{ shortName: all.at(-2) }] });
    expect(await gateway.execute('{ sources(first: 501) { totalCount } }')).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  });

  it('lists the source connections of a source', async () => {
    const { id } = await seed(gateway).connection().created();
    const { faker, files } = await gateway.query(`{
      faker: source(shortName: "faker") { sourceConnections { totalCount nodes { id } } }
      files: source(shortName: "files") { sourceConnections { totalCount nodes { id } } }
    }`);
    expect([faker, files]).toEqual([{ sourceConnections: { totalCount: 1, nodes: [{ id }] } }, { sourceConnections: { totalCount: 0, nodes: [] } }]);
  });
});
