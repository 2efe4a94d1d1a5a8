import Database from 'better-sqlite3';
import { type ExecutionResult, graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Caller, Ctx } from '../../src/context.ts';
import { isDiskFull } from '../../src/errors.ts';
import { OrganizationEntity } from '../../src/organization/organization.entity.ts';
import { schema } from '../../src/schema.ts';
import { type AuditLine, auditDocument, newestEntries } from '../support/audit.ts';
import { canary, findCanaries, probe } from '../support/canary.ts';
import { readControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { basic, type FileServer, serveFiles } from '../support/http-files.ts';
import { mutate, mutationDocument } from '../support/mutate.ts';
import { type OpenServices, openServices } from '../support/services.ts';
import { cancel, connect, endOf, jobWhere, run } from '../support/sync-jobs.ts';

let gateway: Gateway;
let web: FileServer;
beforeAll(async () => {
  [gateway, web] = await Promise.all([
    startGateway({ env: { HEADGATE_TICK_MS: '200' } }),
    serveFiles({ '/open.csv': { body: 'id\n1\n' }, '/closed.csv': { body: 'id\n1\n', authorization: basic('reader', 'right') } }),
  ]);
});
afterAll(async () => {
  await web?.close();
  await gateway?.cleanUp();
});

const slow = { config: { count: 100_000, recordsPerSecond: 1_000 } };
const file = (path: string, more: object = {}) => ({
  name: 'A web file',
  sourceShortName: 'files',
  config: { url: `${web.origin}${path}` },
  ...more,
});
const collection = async () => (await mutate(gateway, 'createCollection', { name: 'Shop' }))['collection'].id as string;
const running = async () => {
  const { id } = await connect(gateway, slow);
  const jobId = await run(gateway, id);
  onTestFinished(async () => {
    await cancel(gateway, jobId);
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
  testSourceConnection: async () => onObject((await connect(gateway)).id),
  runSourceConnection: async () => onObject((await connect(gateway)).id),
  clearSourceConnectionData: async () => onObject((await connect(gateway)).id),
  discoverSourceConnectionStreams: async () => onObject((await connect(gateway)).id),
  updateSourceConnection: async () => onObject((await connect(gateway)).id, { name: 'Renamed' }),
  updateSourceConnectionConfig: async () => onObject((await connect(gateway)).id, { config: { count: 5 } }),
  updateSourceConnectionCredentials: async () => {
    const { id } = await connect(gateway, file('/closed.csv', { credentials: { username: 'reader', password: 'right' } }));
    return onObject(id, { credentials: { password: 'right' } });
  },
  deleteSourceConnection: async () => onObject((await connect(gateway)).id),
  deleteCollection: async () => onObject(await collection()),
  cancelSyncJob: async () => onObject((await running()).jobId),
  pauseSyncJob: async () => onObject((await running()).jobId),
  resumeSyncJob: async () => {
    const { jobId } = await running();
    await mutate(gateway, 'pauseSyncJob', { id: jobId });
    await jobWhere(gateway, jobId, ({ waitReason }) => waitReason === 'PAUSED');
    return onObject(jobId);
  },
  retrySyncJob: async () => {
    const { jobId } = await running();
    await cancel(gateway, jobId);
    await endOf(gateway, jobId);
    return onObject(jobId);
  },
  pauseSourceConnection: async () => onObject((await connect(gateway)).id),
  resumeSourceConnection: async () => {
    const { id } = await connect(gateway);
    await mutate(gateway, 'pauseSourceConnection', { id });
    return onObject(id);
  },
  cloneSourceConnection: async () => onObject((await connect(gateway)).id, { name: 'Another one' }),
};
const onObject = (id: string, more: object = {}): Call => ({ input: { id, ...more }, objectId: id });

const local = { kind: 'LOCAL', id: null, name: 'Local administrator', email: null };

describe('every mutation', () => {
  test('is known here', () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).sort());
  });

  test.each(Object.keys(calls))('%s leaves an entry, written once, and a line in the log', async (operation) => {
    const { input, objectId, made } = (await calls[operation]?.()) ?? { input: {} };
    const rewrites = watchRewrites();
    const answer = await mutate(gateway, operation, input);
    expect(answer.__typename).toMatch(/Payload$/);
    const object = objectId ?? answer[made ?? '']?.id;
    expect(object).toMatch(/^[a-z]+_[0-9a-z]{26}$/);
    const [entry] = await newestEntries(gateway);
    expect(entry).toEqual({ at: expect.stringMatching(/Z$/), actor: local, operation, objectId: object, outcome: 'SUCCESS' });
    expect(Math.abs(Date.now() - Date.parse(entry?.at ?? ''))).toBeLessThan(60_000);
    expect(rewrites()).toEqual([]);
    const line = {
      operation,
      objectId: object,
      outcome: 'SUCCESS',
      organizationId: expect.stringMatching(/^org_/),
      actorKind: 'LOCAL',
      actorId: null,
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
        const { id } = await connect(gateway);
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
        await mutate(gateway, 'createCollection', { name: 'Taken', readableId: 'taken' });
        return { operation: 'createCollection', input: { name: 'Taken', readableId: 'taken' }, objectId: null };
      },
    ],
    [
      'INVALID_TRANSITION',
      async () => {
        const { id } = await connect(gateway, { config: { count: 5 } });
        const jobId = await run(gateway, id);
        await endOf(gateway, jobId);
        return { operation: 'cancelSyncJob', input: { id: jobId }, objectId: jobId };
      },
    ],
    ['INVALID_CREDENTIALS', async () => create(file('/closed.csv', { credentials: { username: 'reader', password: 'wrong' } }))()],
    ['CONNECTION_TEST_FAILED', async () => create(file('/nowhere.csv', { idempotencyKey: 'nowhere' }))()],
    ['SOURCE_UNAVAILABLE', create({ name: 'Nobody', sourceShortName: 'files', config: { url: 'http://127.0.0.1:1/a.csv' } })],
    [
      'SOURCE_UNAVAILABLE',
      async () => {
        const { id } = await connect(gateway, { sourceShortName: 'files', config: { url: 'http://127.0.0.1:1/a.csv' }, runSetupTests: false });
        return { operation: 'discoverSourceConnectionStreams', input: { id }, objectId: id };
      },
    ],
  ];

  test.each(refusals)('leaves its code, written once: %s', async (outcome, prepare) => {
    const { operation, input, objectId } = await prepare();
    const rewrites = watchRewrites();
    expect(await mutate(gateway, operation, input)).toMatchObject({ code: outcome });
    expect(await newestEntries(gateway)).toMatchObject([{ operation, objectId, outcome, actor: local }]);
    expect(rewrites()).toEqual([]);
  });

  test('for asking too much leaves LIMIT_EXCEEDED', async () => {
    const pages = 'sourceConnections(first: 100) { nodes { syncJobs(first: 100) { nodes { id status } } } }';
    const tooMuch = `mutation { createCollection(input: { name: "Deep" }) { ... on CreateCollectionPayload { collection {
      a: ${pages} b: ${pages} c: ${pages} d: ${pages} } } } }`;
    expect(await gateway.execute(tooMuch)).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
    expect(await newestEntries(gateway)).toMatchObject([{ operation: 'createCollection', outcome: 'LIMIT_EXCEEDED', objectId: null }]);
  });

  test('before it is run, because its document or its variables are wrong, leaves nothing', async () => {
    const before = await newestEntries(gateway, 100);
    for (const input of [{ name: 'x', nme: 'x' }, { name: ['x'] }, 'x'])
      expect(await gateway.execute(mutationDocument('createCollection'), { input })).toMatchObject({
        errors: [{ extensions: { code: 'VALIDATION_FAILED' } }],
      });
    expect(await newestEntries(gateway, 100)).toEqual(before);
  });
});

describe('an entry', () => {
  test('is left by each field of one operation, in their order', async () => {
    const { data } = await gateway.execute(
      `mutation ($no: CreateCollectionInput!) { a: createCollection(input: { name: "A" }) { ...made } b: createCollection(input: $no) { ...made }
        c: deleteCollection(input: { id: "nonsense" }) { __typename } }
      fragment made on CreateCollectionPayload { collection { id } }`,
      { no: { name: '' } },
    );
    expect(await newestEntries(gateway, 3)).toMatchObject([
      { operation: 'deleteCollection', objectId: null, outcome: 'NOT_FOUND' },
      { operation: 'createCollection', objectId: null, outcome: 'VALIDATION_FAILED' },
      { operation: 'createCollection', objectId: data.a.collection.id, outcome: 'SUCCESS' },
    ]);
  });

  test('calls a test that fails as such a success', async () => {
    const { id } = await connect(gateway, { sourceShortName: 'files', config: { url: 'http://127.0.0.1:1/a.csv' }, runSetupTests: false });
    expect(await mutate(gateway, 'testSourceConnection', { id })).toMatchObject({ test: { status: 'FAILED' } });
    expect(await newestEntries(gateway)).toMatchObject([{ operation: 'testSourceConnection', objectId: id, outcome: 'SUCCESS' }]);
  });

  test('is left by each call with one idempotency key, and names what the first one made', async () => {
    const input = { name: 'Fake data', sourceShortName: 'faker', syncImmediately: false, idempotencyKey: 'twice' };
    const { sourceConnection } = await mutate(gateway, 'createSourceConnection', input);
    await mutate(gateway, 'createSourceConnection', input);
    const entry = { operation: 'createSourceConnection', objectId: sourceConnection.id, outcome: 'SUCCESS' };
    expect(await newestEntries(gateway, 2)).toMatchObject([entry, entry]);
  });

  test('holds nothing of what was sent, not even where an id belongs', async () => {
    // All but the password may be shown again, to whoever sent it.
    const [name = '', key = '', ...pasted] = Array.from({ length: 5 }, probe);
    const password = canary();
    const { id } = await connect(gateway);
    await mutate(gateway, 'updateSourceConnection', { id, name: name.slice(0, 40), description: name });
    const input = file('/closed.csv', { credentials: { username: 'reader', password }, idempotencyKey: key });
    expect(await mutate(gateway, 'createSourceConnection', input)).toMatchObject({ code: 'INVALID_CREDENTIALS' });
    for (const secret of pasted)
      for (const input of [secret, `sc_${secret}`, `src_${secret}`, `${id}${secret}`].map((wrong) => ({ id: wrong })))
        for (const operation of ['runSourceConnection', 'cancelSyncJob', 'deleteCollection'])
          expect(await mutate(gateway, operation, input)).toMatchObject({ code: 'NOT_FOUND' });
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
  const page = async (variables: object): Promise<Log> => (await gateway.query(auditDocument, { ...variables })).auditLog;

  test('is read page by page, the newest first, forwards and backwards, while it grows', async () => {
    const names = Array.from(
      { length: 25 },
      (_, index) => `c${index}: createCollection(input: { name: "C ${index}" }) { ... on CreateCollectionPayload { collection { id } } }`,
    );
    const made = await gateway.query(`mutation { ${names.join(' ')} }`);
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
    expect(await gateway.execute(auditDocument, { first: 101 })).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  });
});

describe('in one process', () => {
  let data: OpenServices;
  beforeAll(async () => {
    data = await openServices();
  });
  afterAll(() => data?.close());

  const as = async (caller: Partial<Caller>, source: string, variableValues: Record<string, unknown> = {}, more: Partial<Ctx> = {}) =>
    graphql({ schema, source, variableValues, contextValue: { ...data.context(caller), ...more } });
  const logOf = async (caller: Partial<Caller> = {}) =>
    ((await as(caller, auditDocument, { first: 100 })).data as { auditLog: { nodes: AuditLine[] } }).auditLog.nodes;
  const resultOf = ({ data: answer, errors }: ExecutionResult) => ({ answer: (answer as { result?: unknown } | null)?.result, errors });
  const createCollection = (caller: Partial<Caller> = {}, more: Partial<Ctx> = {}) =>
    as(caller, mutationDocument('createCollection'), { input: { name: 'Shop' } }, more);

  test('only an administrator of everything may read it', async () => {
    for (const caller of [{ role: 'EDITOR' }, { role: 'VIEWER' }, { role: 'ADMIN', collectionIds: ['col_01h455vb4pex5vsknk084sn02q'] }] as const) {
      const { errors, data: answer } = await as(caller, auditDocument);
      expect([errors?.map(({ extensions, originalError }) => extensions['code'] ?? (originalError as { code?: string }).code), answer]).toEqual([
        ['FORBIDDEN'],
        null,
      ]);
    }
  });

  test('who is refused because of the role is named, and the object that was asked for', async () => {
    const actor = { kind: 'API_KEY', id: 'key_01h455vb4pex5vsknk084sn02q', name: 'Reader', email: 'reader@example.com' } as const;
    const id = 'job_01h455vb4pex5vsknk084sn02q';
    const answer = await as({ role: 'VIEWER', actor }, mutationDocument('cancelSyncJob'), { input: { id } });
    expect(resultOf(answer).answer).toMatchObject({ code: 'FORBIDDEN' });
    expect((await logOf())[0]).toMatchObject({ operation: 'cancelSyncJob', outcome: 'FORBIDDEN', objectId: id, actor: { ...actor } });
  });

  test("another organization's entries are not there", async () => {
    const organizationId = 'org_01h455vb4pex5vsknk084sn02q';
    await data.gateway.em.fork().insert(OrganizationEntity, { id: organizationId, name: 'Theirs', createdAt: new Date() });
    const before = await logOf();
    expect(resultOf(await createCollection({ organizationId })).errors).toBeUndefined();
    expect(await logOf({ organizationId })).toMatchObject([{ operation: 'createCollection', outcome: 'SUCCESS' }]);
    expect(await logOf()).toEqual(before);
  });

  test('a bug after the work was stored makes the entry say INTERNAL, for that is what the caller hears', async () => {
    const made = (await createCollection()).data as { result: { collection: { id: string } } };
    const collections = { id: made.result.collection.id };
    const broken = {
      discardRecords: () => {
        throw new Error('nobody listens');
      },
    };
    const { errors } = await as({}, mutationDocument('deleteCollection'), { input: collections }, broken);
    expect(errors?.[0]?.message).toBe('nobody listens');
    expect((await logOf())[0]).toMatchObject({ operation: 'deleteCollection', outcome: 'INTERNAL', objectId: collections.id });
    expect(data.control.native.prepare("select outcome from audit_entry where operation = 'deleteCollection'").pluck().all()).toEqual(['INTERNAL']);
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
    const refused = { input: { name: '' } };
    for (let tries = 0; tries < 100; tries++)
      expect(resultOf(await as({}, mutationDocument('createCollection'), refused)).answer).toMatchObject({ code: 'VALIDATION_FAILED' });
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
