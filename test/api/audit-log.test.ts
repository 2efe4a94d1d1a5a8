import Database from 'better-sqlite3';
import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Ctx } from '../../src/context.ts';
import { isDiskFull } from '../../src/errors.ts';
import { schema } from '../../src/schema.ts';
import { type AuditLine, auditDocument, newestEntries } from '../support/audit.ts';
import type { Caller } from '../support/caller.ts';
import { canary, findCanaries, probe } from '../support/canary.ts';
import { runCommand } from '../support/cli.ts';
import { readControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import type { Gateway } from '../support/gateway.ts';
import { basic, type FileServer, serveFiles } from '../support/http-files.ts';
import { type CliKey, createKey, createKeyByCli, startKeysGateway } from '../support/keys.ts';
import { mutate, mutationDocument } from '../support/mutate.ts';
import { type OpenServices, openServices } from '../support/services.ts';
import { cancel, connect, endOf, jobWhere, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
let adminKey: CliKey;
/** The administrator of Acme: whoever acts, where nothing else is said. */
let api: Caller;
let web: FileServer;
const env = { HEADGATE_TICK_MS: '200', HEADGATE_EGRESS: 'private', HEADGATE_RATE_LIMIT_SOURCE_TESTS: '1000' };
beforeAll(async () => {
  [{ gateway, adminKey, admin: api }, web] = await Promise.all([
    startKeysGateway({ env }),
    serveFiles({ '/open.csv': { body: 'id\n1\n' }, '/closed.csv': { body: 'id\n1\n', authorization: basic('reader', 'right') } }),
  ]);
});
afterAll(async () => {
  await web?.close();
  await gateway?.cleanUp();
});
const withKey = (key: string) => gateway.as({ headers: { 'X-API-Key': key } });

const slow = { config: { count: 100_000, recordsPerSecond: 1_000 } };
const file = (path: string, more: object = {}) => ({
  name: 'A web file',
  sourceShortName: 'files',
  config: { url: `${web.origin}${path}` },
  ...more,
});
const collection = async () => (await mutate(api, 'createCollection', { name: 'Shop' }))['collection'].id as string;
/** Nothing is sent there: it is not about these tests. */
const webhookInput = { url: 'https://hooks.invalid/', events: ['SOURCE_CONNECTION_STATUS'] };
const webhook = async () => {
  const { id } = (await mutate(api, 'createWebhook', webhookInput))['webhook'];
  onTestFinished(async () => {
    await mutate(api, 'deleteWebhook', { id });
  });
  return id as string;
};
const running = async () => {
  const { id } = await connect(api, slow);
  const jobId = await run(api, id);
  onTestFinished(async () => {
    await cancel(api, jobId);
  });
  return { id, jobId };
};

interface Call {
  readonly input: object;
  /** What the entry must name; absent: the first object with an id in the payload's field of this name. */
  readonly objectId?: string;
  readonly made?: string;
}

/** How each mutation of the schema is called so that it works. Whoever adds one adds it here. */
const calls: Record<string, () => Promise<Call>> = {
  createSourceConnection: async () => ({ input: { name: 'Fake data', sourceShortName: 'faker', syncImmediately: false }, made: 'sourceConnection' }),
  createCollection: async () => ({ input: { name: 'Shop' }, made: 'collection' }),
  testSource: async () => ({ input: { sourceShortName: 'faker' }, made: 'test' }),
  testSourceConnection: async () => onObject((await connect(api)).id),
  runSourceConnection: async () => onObject((await connect(api)).id),
  clearSourceConnectionData: async () => onObject((await connect(api)).id),
  discoverSourceConnectionStreams: async () => onObject((await connect(api)).id),
  updateSourceConnection: async () => onObject((await connect(api)).id, { name: 'Renamed' }),
  updateSourceConnectionConfig: async () => onObject((await connect(api)).id, { config: { count: 5 } }),
  updateSourceConnectionCredentials: async () => {
    const { id } = await connect(api, file('/closed.csv', { credentials: { username: 'reader', password: 'right' } }));
    return onObject(id, { credentials: { password: 'right' } });
  },
  deleteSourceConnection: async () => onObject((await connect(api)).id),
  deleteCollection: async () => onObject(await collection()),
  createApiKey: async () => ({ input: { name: 'A key', role: 'VIEWER' }, made: 'apiKey' }),
  revokeApiKey: async () => onObject((await createKey(api, {})).apiKey.id),
  createWebhook: async () => ({ input: webhookInput, made: 'webhook' }),
  updateWebhook: async () => onObject(await webhook(), { enabled: false }),
  deleteWebhook: async () => onObject(await webhook()),
  replayWebhook: async () => onObject(await webhook(), { since: new Date().toISOString() }),
  cancelSyncJob: async () => onObject((await running()).jobId),
  pauseSyncJob: async () => onObject((await running()).jobId),
  resumeSyncJob: async () => {
    const { jobId } = await running();
    await mutate(api, 'pauseSyncJob', { id: jobId });
    await jobWhere(api, jobId, ({ waitReason }) => waitReason === 'PAUSED');
    return onObject(jobId);
  },
  retrySyncJob: async () => {
    const { jobId } = await running();
    await cancel(api, jobId);
    await endOf(api, jobId);
    return onObject(jobId);
  },
  pauseSourceConnection: async () => onObject((await connect(api)).id),
  resumeSourceConnection: async () => {
    const { id } = await connect(api);
    await mutate(api, 'pauseSourceConnection', { id });
    return onObject(id);
  },
  cloneSourceConnection: async () => onObject((await connect(api)).id, { name: 'Another one' }),
};
const onObject = (id: string, more: object = {}): Call => ({ input: { id, ...more }, objectId: id });

const acting = () => ({ kind: 'API_KEY', id: adminKey.id, name: 'First', email: null });

describe('every mutation', () => {
  test('is known here', () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).sort());
  });

  test.each(Object.keys(calls))('%s leaves an entry, written once, and a line in the log', async (operation) => {
    const { input, objectId, made } = (await calls[operation]?.()) ?? { input: {} };
    const rewrites = watchRewrites();
    const answer = await mutate(api, operation, input);
    expect(answer.__typename).toMatch(/Payload$/);
    const object = objectId ?? answer[made ?? '']?.id;
    expect(object).toMatch(/^[a-z]+_[0-9a-z]{26}$/);
    const [entry] = await newestEntries(api);
    expect(entry).toEqual({ at: expect.stringMatching(/Z$/), actor: acting(), operation, objectId: object, outcome: 'SUCCESS' });
    expect(Math.abs(Date.now() - Date.parse(entry?.at ?? ''))).toBeLessThan(60_000);
    expect(rewrites()).toEqual([]);
    const line = {
      operation,
      objectId: object,
      outcome: 'SUCCESS',
      organizationId: adminKey.organizationId,
      actorKind: 'API_KEY',
      actorId: adminKey.id,
      requestId: expect.stringMatching(/./),
    };
    await eventually(() => expect(linesOf(gateway).at(-1)).toEqual(line));
  });
});

describe('a mutation that is refused', () => {
  const unknown = 'col_01h455vb4pex5vsknk084sn02q';
  const create = (input: object) => async () => ({ operation: 'createSourceConnection', input, objectId: null });
  const refusals: [string, () => Promise<{ operation: string; input: object; objectId: string | null }>][] = [
    ['VALIDATION_FAILED', async () => ({ operation: 'createCollection', input: { name: '' }, objectId: null })],
    [
      'VALIDATION_FAILED',
      async () => {
        const { id } = await connect(api);
        return { operation: 'updateSourceConnection', input: { id, name: 'x' }, objectId: id };
      },
    ],
    ['NOT_FOUND', async () => ({ operation: 'deleteCollection', input: { id: unknown }, objectId: unknown })],
    [
      'SYNC_IN_PROGRESS',
      async () => {
        const { id } = await running();
        return { operation: 'runSourceConnection', input: { id, idempotencyKey: 'busy' }, objectId: id };
      },
    ],
    [
      'CONFLICT',
      async () => {
        await mutate(api, 'createCollection', { name: 'Taken', readableId: 'taken' });
        return { operation: 'createCollection', input: { name: 'Taken', readableId: 'taken' }, objectId: null };
      },
    ],
    [
      'INVALID_TRANSITION',
      async () => {
        const { id } = await connect(api, { config: { count: 5 } });
        const jobId = await run(api, id);
        await endOf(api, jobId);
        return { operation: 'cancelSyncJob', input: { id: jobId }, objectId: jobId };
      },
    ],
    ['INVALID_CREDENTIALS', async () => create(file('/closed.csv', { credentials: { username: 'reader', password: 'wrong' } }))()],
    ['CONNECTION_TEST_FAILED', async () => create(file('/nowhere.csv', { idempotencyKey: 'nowhere' }))()],
    ['SOURCE_UNAVAILABLE', create({ name: 'Nobody', sourceShortName: 'files', config: { url: 'http://127.0.0.1:1/a.csv' } })],
    [
      'SOURCE_UNAVAILABLE',
      async () => {
        const { id } = await connect(api, { sourceShortName: 'files', config: { url: 'http://127.0.0.1:1/a.csv' }, runSetupTests: false });
        return { operation: 'discoverSourceConnectionStreams', input: { id }, objectId: id };
      },
    ],
  ];

  test.each(refusals)('leaves its code, written once: %s', async (outcome, prepare) => {
    const { operation, input, objectId } = await prepare();
    const rewrites = watchRewrites();
    expect(await mutate(api, operation, input)).toMatchObject({ code: outcome });
    expect(await newestEntries(api)).toMatchObject([{ operation, objectId, outcome, actor: acting() }]);
    expect(rewrites()).toEqual([]);
  });

  test('for asking too much leaves LIMIT_EXCEEDED', async () => {
    const pages = 'sourceConnections(first: 100) { nodes { syncJobs(first: 100) { nodes { id status } } } }';
    const tooMuch = `mutation { createCollection(input: { name: "Deep" }) { ... on CreateCollectionPayload { collection {
      a: ${pages} b: ${pages} c: ${pages} d: ${pages} } } } }`;
    expect(await api.execute(tooMuch)).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
    expect(await newestEntries(api)).toMatchObject([{ operation: 'createCollection', outcome: 'LIMIT_EXCEEDED', objectId: null }]);
  });

  test('before it is run, because its document or its variables are wrong, leaves nothing', async () => {
    const before = await newestEntries(api, 100);
    for (const input of [{ name: 'x', nme: 'x' }, { name: ['x'] }, 'x'])
      expect(await api.execute(mutationDocument('createCollection'), { input })).toMatchObject({
        errors: [{ extensions: { code: 'VALIDATION_FAILED' } }],
      });
    expect(await newestEntries(api, 100)).toEqual(before);
  });
});

describe('an entry', () => {
  test('is left by each field of one operation, in their order', async () => {
    const { data } = await api.execute(
      `mutation ($no: CreateCollectionInput!) { a: createCollection(input: { name: "A" }) { ...made } b: createCollection(input: $no) { ...made }
        c: deleteCollection(input: { id: "nonsense" }) { __typename } }
      fragment made on CreateCollectionPayload { collection { id } }`,
      { no: { name: '' } },
    );
    expect(await newestEntries(api, 3)).toMatchObject([
      { operation: 'deleteCollection', objectId: null, outcome: 'NOT_FOUND' },
      { operation: 'createCollection', objectId: null, outcome: 'VALIDATION_FAILED' },
      { operation: 'createCollection', objectId: data.a.collection.id, outcome: 'SUCCESS' },
    ]);
  });

  test('calls a test that fails as such a success', async () => {
    const { id } = await connect(api, { sourceShortName: 'files', config: { url: 'http://127.0.0.1:1/a.csv' }, runSetupTests: false });
    expect(await mutate(api, 'testSourceConnection', { id })).toMatchObject({ test: { status: 'FAILED' } });
    expect(await newestEntries(api)).toMatchObject([{ operation: 'testSourceConnection', objectId: id, outcome: 'SUCCESS' }]);
  });

  test('is left by each call with one idempotency key, and names what the first one made', async () => {
    const input = { name: 'Fake data', sourceShortName: 'faker', syncImmediately: false, idempotencyKey: 'twice' };
    const { sourceConnection } = await mutate(api, 'createSourceConnection', input);
    await mutate(api, 'createSourceConnection', input);
    const entry = { operation: 'createSourceConnection', objectId: sourceConnection.id, outcome: 'SUCCESS' };
    expect(await newestEntries(api, 2)).toMatchObject([entry, entry]);
  });

  test('holds nothing of what was sent, not even where an id belongs', async () => {
    // All but the password may be shown again, to whoever sent it.
    const [name = '', key = '', ...pasted] = Array.from({ length: 5 }, probe);
    const password = canary();
    const { id } = await connect(api);
    await mutate(api, 'updateSourceConnection', { id, name: name.slice(0, 40), description: name });
    const input = file('/closed.csv', { credentials: { username: 'reader', password }, idempotencyKey: key });
    expect(await mutate(api, 'createSourceConnection', input)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    for (const secret of pasted)
      for (const input of [secret, `sc_${secret}`, `src_${secret}`, `${id}${secret}`].map((wrong) => ({ id: wrong })))
        for (const operation of ['runSourceConnection', 'cancelSyncJob', 'deleteCollection'])
          expect(await mutate(api, operation, input)).toMatchObject({ code: 'NOT_FOUND' });
    const rows = readControlRows(gateway, (database) => database.prepare('select * from audit_entry').all());
    expect(rows.length).toBeGreaterThan(40);
    expect(
      findCanaries(
        [
          ['rows', JSON.stringify(rows)],
          ['output', gateway.output()],
        ],
        [name, key, ...pasted],
      ),
    ).toEqual([]);
  });
});

describe('the list', () => {
  type Log = { edges: { cursor: string }[]; nodes: AuditLine[]; pageInfo: Record<string, unknown> };
  const page = async (variables: object): Promise<Log> => (await api.query(auditDocument, { ...variables })).auditLog;

  test('is read page by page, the newest first, forwards and backwards, while it grows', async () => {
    const names = Array.from(
      { length: 25 },
      (_, index) => `c${index}: createCollection(input: { name: "C ${index}" }) { ... on CreateCollectionPayload { collection { id } } }`,
    );
    const made = await api.query(`mutation { ${names.join(' ')} }`);
    const ids = Object.values(made as Record<string, { collection: { id: string } }>).map(({ collection }) => collection.id);
    const newestFirst = ids.toReversed();

    const first = await page({ first: 10 });
    expect(first.nodes.map(({ objectId }) => objectId)).toEqual(newestFirst.slice(0, 10));
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0]?.cursor,
      endCursor: first.edges[9]?.cursor,
    });
    await collection();
    const second = await page({ first: 15, after: first.pageInfo['endCursor'] });
    expect(second.nodes.map(({ objectId }) => objectId)).toEqual(newestFirst.slice(10));
    const back = await page({ last: 10, before: second.edges[0]?.cursor });
    expect(back.edges).toEqual(first.edges);
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const oldest = await page({ last: 1 });
    expect(await page({ first: 1, after: oldest.edges[0]?.cursor })).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false } });
    expect(await api.execute(auditDocument, { first: 101 })).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  });
});

describe('who is not the administrator', () => {
  test('is refused the list, and so is an administrator of some collections', async () => {
    const [first] = await newestEntries(api);
    for (const input of [{ role: 'EDITOR' }, { role: 'VIEWER' }, { role: 'ADMIN', collectionIds: [await collection()] }]) {
      const { key } = await createKey(api, input);
      expect(await withKey(key).execute(auditDocument)).toEqual({
        data: null,
        errors: [expect.objectContaining({ extensions: { code: 'FORBIDDEN' } })],
      });
    }
    expect(await newestEntries(api, 7)).toContainEqual(first);
  });

  test('leaves entries under the name of the key, refusals because of the role too', async () => {
    const id = 'job_01h455vb4pex5vsknk084sn02q';
    const [viewer, editor] = [
      await createKey(api, { role: 'VIEWER', name: 'Reader', email: 'reader@example.com' }),
      await createKey(api, { role: 'EDITOR', name: 'Writer' }),
    ];
    expect(await mutate(withKey(viewer.key), 'cancelSyncJob', { id })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await mutate(withKey(editor.key), 'createApiKey', { name: 'More', role: 'ADMIN' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await newestEntries(api, 2)).toMatchObject([
      { operation: 'createApiKey', outcome: 'FORBIDDEN', objectId: null, actor: { id: editor.apiKey.id } },
      {
        operation: 'cancelSyncJob',
        outcome: 'FORBIDDEN',
        objectId: id,
        actor: { kind: 'API_KEY', id: viewer.apiKey.id, name: 'Reader', email: 'reader@example.com' },
      },
    ]);
  });

  test('leaves none without a key, or with one that is revoked', async () => {
    const before = await newestEntries(api, 100);
    for (const caller of [gateway, withKey(`${adminKey.key.slice(0, -4)}AAAA`)])
      expect(await caller.execute(mutationDocument('createCollection'), { input: { name: 'Shop' } })).toMatchObject({
        errors: [{ extensions: { code: 'UNAUTHORIZED' } }],
      });
    expect(await newestEntries(api, 100)).toEqual(before);
  });

  test('in another organization sees its own entries only, and leaves none here', async () => {
    const before = await newestEntries(api, 100);
    const theirs = await createKeyByCli(gateway.dataDir, '--organization', 'Globex', '--role', 'ADMIN');
    const them = withKey(theirs.key);
    const { id } = (await mutate(them, 'createCollection', { name: 'Theirs' }))['collection'];
    const byCommand = { actor: { kind: 'LOCAL' }, operation: 'keys create', objectId: theirs.id, outcome: 'SUCCESS' };
    expect(await newestEntries(them, 100)).toMatchObject([{ operation: 'createCollection', objectId: id, actor: { id: theirs.id } }, byCommand]);
    expect(await newestEntries(api, 100)).toEqual(before);
    // Nor do cursors of the one lead into the list of the other.
    const { auditLog } = await api.query(auditDocument, { first: 1 });
    const newer = await them.query(auditDocument, { before: auditLog.edges[0].cursor });
    expect(newer.auditLog.nodes.map(({ actor }: AuditLine) => actor.kind).sort()).toEqual(['API_KEY', 'LOCAL']);

    expect((await runCommand(['keys', 'revoke', theirs.id], { env: { HEADGATE_DATA_DIR: gateway.dataDir } })).status).toBe(0);
    expect(
      readControlRows(gateway, (database) =>
        database.prepare("select object_id, organization_id, outcome from audit_entry where operation = 'keys revoke'").all(),
      ),
    ).toEqual([{ object_id: theirs.id, organization_id: theirs.organizationId, outcome: 'SUCCESS' }]);
  });
});

describe('in one process', () => {
  let data: OpenServices;
  beforeAll(async () => {
    data = await openServices();
  });
  afterAll(() => data?.close());

  const run = async (operation: string, input: object, more: Partial<Ctx> = {}) =>
    graphql({ schema, source: mutationDocument(operation), variableValues: { input }, contextValue: { ...data.context(), ...more } });
  const createCollection = () => run('createCollection', { name: 'Shop' });

  test('a bug after the work was stored makes the entry say INTERNAL, for that is what the caller hears', async () => {
    const made = (await createCollection()).data as { result: { collection: { id: string } } };
    const { id } = made.result.collection;
    const broken = {
      discardRecords: () => {
        throw new Error('nobody listens');
      },
    };
    const { errors } = await run('deleteCollection', { id }, broken);
    expect(errors?.[0]?.message).toBe('nobody listens');
    const entries = data.control.native.prepare("select object_id, outcome from audit_entry where operation = 'deleteCollection'").all();
    expect(entries).toEqual([{ object_id: id, outcome: 'INTERNAL' }]);
  });

  test('on a full disk nothing is done without its entry, and a refusal is still answered as what it is', async () => {
    const { native } = data.control;
    const count = (sql: string) => native.prepare(sql).pluck().get() as number;
    native.pragma(`max_page_count = ${Number(native.pragma('page_count', { simple: true }))}`);
    let answer = await createCollection();
    for (let tries = 0; tries < 500 && !answer.errors; tries++) answer = await createCollection();
    expect(isDiskFull(answer.errors?.[0]?.originalError)).toBe(true);
    const made = count('select count(*) from collection');
    expect(count("select count(*) from audit_entry where operation = 'createCollection' and outcome = 'SUCCESS'")).toBe(made);
    for (let tries = 0; tries < 100; tries++)
      expect((await run('createCollection', { name: '' })).data).toMatchObject({ result: { code: 'VALIDATION_FAILED' } });
    native.pragma('max_page_count = 1000000');
    expect((await createCollection()).errors).toBeUndefined();
    expect(count('select count(*) from collection')).toBe(made + 1);
  });
});

/** Whether an entry is written and then changed: between the two a crash would leave what is not so. */
function watchRewrites(): () => unknown[] {
  const database = new Database(`${gateway.dataDir}/headgate.db`);
  database.exec(`create table rewritten (operation text, outcome text);
    create trigger rewrite after update on audit_entry begin insert into rewritten values (old.operation, old.outcome); end`);
  onTestFinished(() => {
    database.exec('drop trigger rewrite; drop table rewritten');
    database.close();
  });
  return () => database.prepare('select * from rewritten').all();
}

function linesOf({ output }: Gateway): Record<string, unknown>[] {
  return output()
    .split('\n')
    .filter((line) => line.includes('"audit":'))
    .map((line) => JSON.parse(line).audit);
}
