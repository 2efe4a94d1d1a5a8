import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../support/caller.ts';
import { runCommand } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import type { Gateway } from '../support/gateway.ts';
import { type CliKey, createKey, createKeyByCli, startKeysGateway } from '../support/keys.ts';
import { issuePaths, mutate } from '../support/mutate.ts';

let gateway: Gateway;
let admin: Caller;
let adminKey: CliKey;
beforeAll(async () => {
  ({ gateway, admin, adminKey } = await startKeysGateway());
});
afterAll(() => gateway?.cleanUp());

const whoAmI = '{ viewer { role organization { id name } actor { kind id name email } } }';
const withKey = (key: string) => gateway.as({ headers: { 'X-API-Key': key } });
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
/** Status, challenge and body: all that a caller is told. */
const knock = async (headers: Record<string, string>, query = whoAmI) => {
  const body = JSON.stringify({ query });
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.text() };
};
const dataOf = ({ body }: { body: string }) => JSON.parse(body).data;
const secretOf = (key: string) => key.slice(30);
const wrongSecret = (key: string) => `${key.slice(0, 30)}${secretOf(key).split('').reverse().join('')}`;

describe('a key', () => {
  it('lets its holder in as X-API-Key, as a bearer token, and by Basic with its id or its prefix', async () => {
    const { key, id, organizationId } = adminKey;
    const prefix = key.slice(0, 29);
    const actor = { kind: 'API_KEY', id, name: 'First', email: null };
    const viewer = { role: 'ADMIN', organization: { id: organizationId, name: 'Acme' }, actor };
    const ways: Record<string, string>[] = [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
      { authorization: `bearer ${key}` },
      { authorization: basic(id, secretOf(key)) },
      { authorization: basic(prefix, secretOf(key)) },
      { authorization: basic(id, key) },
      { authorization: basic(prefix, key) },
      { 'x-api-key': key, authorization: `Bearer ${key}` },
      { 'x-api-key': key, 'x-organization-id': organizationId },
    ];
    for (const headers of ways) {
      const answer = await knock(headers);
      expect([answer.status, dataOf(answer)]).toEqual([200, { viewer }]);
    }
  });

  it('that is missing, wrong, unknown, expired or revoked is refused with the same words, before the operation is looked at', async () => {
    const { key, id } = adminKey;
    const other = await createKey(admin, {});
    const revoked = await createKey(admin, {});
    await mutate(admin, 'revokeApiKey', { id: revoked.apiKey.id });
    const expiresAt = new Date(Date.now() + 2_000).toISOString();
    const expired = await createKey(admin, { expiresAt });
    await eventually(async () => expect((await knock({ 'x-api-key': expired.key })).status).toBe(401));
    const unknown = `hg_01h455vb4pex5vsknk084sn02q_${secretOf(key)}`;
    const refused: Record<string, string>[] = [
      {},
      { 'x-api-key': '' },
      { 'x-api-key': 'nonsense' },
      { 'x-api-key': wrongSecret(key) },
      { 'x-api-key': `${key}x` },
      { 'x-api-key': key.toUpperCase() },
      { 'x-api-key': unknown },
      { 'x-api-key': expired.key },
      { 'x-api-key': revoked.key },
      { 'x-api-key': id },
      { authorization: key },
      { authorization: 'Bearer' },
      { authorization: `Digest ${key}` },
      { authorization: `Bearer ${wrongSecret(key)}` },
      // Tokens count when the gateway is told whose.
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln' },
      { authorization: basic(other.apiKey.id, secretOf(key)) },
      { authorization: basic(other.apiKey.id, key) },
      { authorization: basic(id, '') },
      { authorization: basic('', key) },
      // Two answers to the question who it is.
      { 'x-api-key': key, authorization: `Bearer ${other.key}` },
      { 'x-api-key': key, authorization: 'Bearer nonsense' },
    ];
    const answers = await Promise.all(refused.map((headers) => knock(headers)));
    const [first] = answers;
    expect(first).toMatchObject({ status: 401, challenge: 'Bearer realm="Headgate"' });
    expect(JSON.parse(first?.body ?? '')).toEqual({ errors: [{ message: expect.stringMatching(/API key/), extensions: { code: 'UNAUTHORIZED' } }] });
    for (const [index, answer] of answers.entries()) expect([refused[index], answer]).toEqual([refused[index], first]);
    expect(await knock({}, '{ no such field')).toEqual(first);
    for (const path of ['/healthz', '/readyz']) expect((await fetch(gateway.url + path)).status).toBe(200);
  });

  it('is of one organization: another one is forbidden, whether there is one or not', async () => {
    const stranger = await createKeyByCli(gateway.dataDir, '--organization', 'Globex', '--role', 'VIEWER');
    expect(stranger.organizationId).not.toBe(adminKey.organizationId);
    const foreign = await knock({ 'x-api-key': adminKey.key, 'x-organization-id': stranger.organizationId });
    expect([foreign.status, JSON.parse(foreign.body).errors[0].extensions]).toEqual([403, { code: 'FORBIDDEN' }]);
    expect(foreign.body).not.toContain('Globex');
    expect(await knock({ 'x-api-key': adminKey.key, 'x-organization-id': 'org_01h455vb4pex5vsknk084sn02q' })).toEqual(foreign);
    expect(await withKey(stranger.key).query(whoAmI)).toMatchObject({ viewer: { organization: { name: 'Globex' } } });
  });

  it('that is revoked in another process lets nobody in from then on', async () => {
    const { key, apiKey } = await createKey(admin, {});
    expect((await knock({ 'x-api-key': key })).status).toBe(200);
    const env = { HEADGATE_DATA_DIR: gateway.dataDir };
    const { status, stdout, stderr } = await runCommand(['keys', 'revoke', apiKey.prefix], { env });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(apiKey.id);
    expect((await knock({ 'x-api-key': key })).status).toBe(401);
    expect((await runCommand(['keys', 'revoke', apiKey.id, '--json'], { env })).lines()).toEqual([{ id: apiKey.id, revokedAt: expect.any(String) }]);
  });

  it('is remembered as the one who asked, with its name and e-mail', async () => {
    const { key, apiKey } = await createKey(admin, { name: 'Robot', role: 'EDITOR', email: 'robot@acme.example' });
    const input = { name: 'Fake data', sourceShortName: 'faker', config: { count: 1 } };
    const created = await mutate(
      withKey(key),
      'createSourceConnection',
      input,
      'sourceConnection { createdBy { kind id name email } } syncJob { requestedBy { name } }',
    );
    expect(created['sourceConnection'].createdBy).toEqual({ kind: 'API_KEY', id: apiKey.id, name: 'Robot', email: 'robot@acme.example' });
    expect(created['syncJob'].requestedBy.name).toBe('Robot');
  });

  it('says when it was last used, and is not written for each use', async () => {
    const { key, apiKey } = await createKey(admin, {});
    const lastUsed = async () =>
      (await admin.query('query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }', { id: apiKey.id })).node.lastUsedAt;
    expect(await lastUsed()).toBeNull();
    await knock({ 'x-api-key': key });
    await eventually(async () => expect(await lastUsed()).not.toBeNull());
    const first = await lastUsed();
    const other = await createKey(admin, {});
    await knock({ 'x-api-key': key });
    await knock({ 'x-api-key': other.key });
    // Uses are written in their order: when that of the other is there, another one of this would be.
    await eventually(async () =>
      expect((await admin.query('{ apiKeys { id lastUsedAt } }')).apiKeys[0]).toMatchObject({ id: other.apiKey.id, lastUsedAt: expect.any(String) }),
    );
    expect(await lastUsed()).toBe(first);
  });
});

describe('administrators', () => {
  it('create keys, see the text once, list and revoke them', async () => {
    const { id: collectionId } = (await mutate(admin, 'createCollection', { name: 'Shop' }))['collection'];
    const expiresAt = '2099-12-31T00:00:00.000Z';
    const created = await mutate(admin, 'createApiKey', {
      name: ' Reports ',
      role: 'EDITOR',
      collectionIds: [collectionId, collectionId],
      expiresAt,
    });
    expect(created['key']).toMatch(/^hg_[0-9a-z]{26}_[\w-]{43}$/);
    const { apiKey } = created;
    expect(apiKey).toMatchObject({
      name: 'Reports',
      role: 'EDITOR',
      collections: [{ id: collectionId }],
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(created['key'].startsWith(`${apiKey.prefix}_`)).toBe(true);
    const list = async () =>
      (await admin.query('{ apiKeys { id name prefix role collections { id } createdAt expiresAt lastUsedAt revokedAt } }')).apiKeys;
    expect((await list())[0]).toEqual(apiKey);
    expect((await list()).at(-1)).toMatchObject({ name: 'First', collections: null });

    const revoked = await mutate(admin, 'revokeApiKey', { id: apiKey.id });
    expect(revoked['apiKey']).toEqual({ ...apiKey, revokedAt: expect.any(String) });
    expect((await mutate(admin, 'revokeApiKey', { id: apiKey.id }))['apiKey']).toEqual(revoked['apiKey']);
    expect((await list())[0]).toEqual(revoked['apiKey']);
    expect((await mutate(admin, 'revokeApiKey', { id: 'key_01h455vb4pex5vsknk084sn02q' })).__typename).toBe('NotFoundError');
    await mutate(admin, 'deleteCollection', { id: collectionId });
    expect((await list())[0].collections).toEqual([]);
  });

  it('are told every field that is wrong', async () => {
    const wrong = { name: '  ', role: 'VIEWER', email: 'nobody', expiresAt: '2001-01-01T00:00:00Z', collectionIds: [] };
    expect(issuePaths(await mutate(admin, 'createApiKey', wrong))).toEqual(['collectionIds', 'email', 'expiresAt', 'name']);
    expect(issuePaths(await mutate(admin, 'createApiKey', { name: 'x'.repeat(81), role: 'VIEWER' }))).toEqual(['name']);
  });

  it('cannot make a key for a collection that is not theirs, or is not there', async () => {
    const globex = await createKeyByCli(gateway.dataDir, '--organization', 'Globex', '--role', 'ADMIN');
    const foreign = (await mutate(withKey(globex.key), 'createCollection', { name: 'Theirs' }))['collection'].id;
    const own = (await mutate(admin, 'createCollection', { name: 'Ours' }))['collection'].id;
    const collectionIds = [own, foreign, 'col_01h455vb4pex5vsknk084sn02q', 'nonsense'];
    const result = await mutate(admin, 'createApiKey', { name: 'Test', role: 'VIEWER', collectionIds });
    expect(issuePaths(result)).toEqual(['collectionIds.1', 'collectionIds.2', 'collectionIds.3']);
    expect(new Set(result['issues'].map(({ message }: { message: string }) => message)).size).toBe(1);
    // Nor do they see or end keys of others.
    expect((await admin.query('{ apiKeys { id } }')).apiKeys.map(({ id }: { id: string }) => id)).not.toContain(globex.id);
    expect(await admin.query('query ($id: ID!) { node(id: $id) { id } }', { id: globex.id })).toEqual({ node: null });
    expect((await mutate(admin, 'revokeApiKey', { id: globex.id })).__typename).toBe('NotFoundError');
    expect((await knock({ 'x-api-key': globex.key })).status).toBe(200);
  });

  it('alone have to do with keys: nobody else, and nobody who sees only some collections', async () => {
    const collection = (await mutate(admin, 'createCollection', { name: 'Part' }))['collection'].id;
    const others = [await createKey(admin, { role: 'EDITOR' }), await createKey(admin, { role: 'ADMIN', collectionIds: [collection] })];
    for (const { key, apiKey } of others) {
      const caller = withKey(key);
      expect(await caller.execute('{ apiKeys { id } }')).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
      expect(await caller.query('query ($id: ID!) { node(id: $id) { id } }', { id: apiKey.id })).toEqual({ node: null });
      expect((await mutate(caller, 'createApiKey', { name: 'More', role: 'ADMIN' })).__typename).toBe('ForbiddenError');
      expect((await mutate(caller, 'revokeApiKey', { id: adminKey.id })).__typename).toBe('ForbiddenError');
    }
    expect((await knock({ 'x-api-key': adminKey.key })).status).toBe(200);
  });
});

it('keeps no key: not in a file, not in what it prints', async () => {
  const { key } = await createKey(admin, {});
  await knock({ 'x-api-key': key });
  const database = new Database(join(gateway.dataDir, 'headgate.db'), { readonly: true });
  const rows = database.prepare<[], Record<string, unknown>>('select * from api_key').all();
  database.close();
  expect(rows.length).toBeGreaterThan(3);
  const files = readdirSync(gateway.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = [gateway.output(), JSON.stringify(rows), ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))];
  for (const text of texts) {
    for (const known of [key, adminKey.key]) {
      expect(text.includes(secretOf(known))).toBe(false);
      expect(text.includes(Buffer.from(secretOf(known)).toString('base64').slice(0, 40))).toBe(false);
    }
  }
});
