import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { canary, canaryNamed, findCanaries } from '../support/canary.ts';
import { countControlRows, readControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { serveHeldFile } from '../support/held-file.ts';
import { basic, serveFiles } from '../support/http-files.ts';
import { issuePaths, type MutationResult, mutate } from '../support/mutate.ts';
import { cancel, connect, endOf, jobWhere } from '../support/sync-jobs.ts';

const env = { HEADGATE_TICK_MS: '200', HEADGATE_JOB_LEASE_SECONDS: '2' };
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway?.cleanUp();
});

const faker = { name: 'Fake data', sourceShortName: 'faker', config: { count: 20 } };
const create = (input: object, api: Gateway = gateway) => mutate(api, 'createSourceConnection', { ...faker, ...input });
const run = (input: object, api: Gateway = gateway) => mutate(api, 'runSourceConnection', input);
const idsOf = ({ sourceConnection, test: passed, syncJob, ...rest }: MutationResult) => {
  if (!sourceConnection) throw new Error(`refused: ${JSON.stringify(rest)}`);
  return [sourceConnection.id, passed?.id ?? null, syncJob?.id ?? null];
};
const conflict = { __typename: 'ConflictError', code: 'CONFLICT' };

describe('createSourceConnection with a key', () => {
  test('sent fifty times at once makes one source connection, one test, one job and one collection', async () => {
    const before = countControlRows(gateway);
    const answers = await Promise.all(Array.from({ length: 50 }, () => create({ idempotencyKey: 'fifty' })));
    expect(new Set(answers.map((answer) => idsOf(answer).join(' '))).size).toBe(1);
    const after = countControlRows(gateway);
    for (const table of ['source_connection', 'sync_job', 'collection', 'connection_test'] as const)
      expect([table, after[table]]).toEqual([table, before[table] + 1]);
  });

  test('sent again gives what was made, as it is now', async () => {
    const first = await create({ idempotencyKey: 'again' });
    await endOf(gateway, first['syncJob'].id);
    await mutate(gateway, 'updateSourceConnection', { id: first['sourceConnection'].id, name: 'Renamed' });
    const second = await create({ idempotencyKey: 'again' });
    expect(idsOf(second)).toEqual(idsOf(first));
    expect(second).toMatchObject({ sourceConnection: { name: 'Renamed' }, syncJob: { status: 'SUCCEEDED' } });
    await mutate(gateway, 'deleteSourceConnection', { id: first['sourceConnection'].id });
    expect(await create({ idempotencyKey: 'again' })).toMatchObject({ sourceConnection: { id: first['sourceConnection'].id, status: 'DELETED' } });
  });

  test('and other input is a conflict, also while the first is still being worked on; the order of the fields is no difference', async () => {
    const first = await create({ idempotencyKey: 'other', config: { count: 20, seed: 2 }, metadata: { a: '1', b: '2' } });
    expect(await create({ idempotencyKey: 'other', config: { count: 21, seed: 2 }, metadata: { a: '1', b: '2' } })).toMatchObject(conflict);
    expect(idsOf(await create({ idempotencyKey: 'other', metadata: { b: '2', a: '1' }, config: { seed: 2, count: 20 } }))).toEqual(idsOf(first));

    const held = await serveHeldFile();
    onTestFinished(() => held.close());
    const slow = { name: 'Slow file', sourceShortName: 'files', config: { url: held.url }, idempotencyKey: 'slow' };
    const working = mutate(gateway, 'createSourceConnection', slow);
    await held.requested();
    const waiting = mutate(gateway, 'createSourceConnection', slow);
    expect(await mutate(gateway, 'createSourceConnection', { ...slow, name: 'Another' })).toMatchObject(conflict);
    held.release();
    expect(idsOf(await waiting)).toEqual(idsOf(await working));
  });

  test('is free again after an error, of validation or of the source', async () => {
    expect(issuePaths(await create({ idempotencyKey: 'mended', config: { count: -1 } }))).toEqual(['config.count']);
    const { __typename } = await create({ idempotencyKey: 'mended' });
    expect(__typename).toBe('CreateSourceConnectionPayload');

    const web = await serveFiles({});
    onTestFinished(() => web.close());
    const missing = { name: 'Missing', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` }, idempotencyKey: 'missing' };
    expect(await mutate(gateway, 'createSourceConnection', missing)).toMatchObject({ __typename: 'ConnectionTestFailedError' });
    web.files.set('/a.csv', { body: 'id\n1\n' });
    expect(await mutate(gateway, 'createSourceConnection', missing)).toMatchObject({ __typename: 'CreateSourceConnectionPayload' });
  });

  test.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
  ])('that is %s is refused', async (_title, idempotencyKey) => {
    expect(issuePaths(await create({ idempotencyKey }))).toEqual(['idempotencyKey']);
    const { id } = await connect(gateway);
    expect(issuePaths(await run({ id, idempotencyKey }))).toEqual(['idempotencyKey']);
  });

  test('of 255 characters of any kind serves', async () => {
    const idempotencyKey = `'";--\\%_é${'k'.repeat(246)}`;
    expect(idempotencyKey).toHaveLength(255);
    expect(idsOf(await create({ idempotencyKey }))).toEqual(idsOf(await create({ idempotencyKey })));
  });
});

describe('runSourceConnection with a key', () => {
  test('sent fifty times at once starts one job, and gives it again when it has ended', async () => {
    const { id } = await connect(gateway, { config: { count: 20 } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => run({ id, idempotencyKey: 'run' })));
    const jobs = new Set(answers.map(({ syncJob }) => syncJob?.id));
    expect(jobs.size).toBe(1);
    const [jobId] = jobs;
    await endOf(gateway, jobId);
    expect(await run({ id, idempotencyKey: 'run' })).toMatchObject({ syncJob: { id: jobId, status: 'SUCCEEDED' } });
    expect((await run({ id, idempotencyKey: 'run 2' }))['syncJob'].id).not.toBe(jobId);
    expect(await run({ id, mode: 'FULL_REFRESH', idempotencyKey: 'run' })).toMatchObject(conflict);
  });

  test('is free again after SyncInProgressError', async () => {
    const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
    const { syncJob } = await run({ id });
    expect(await run({ id, idempotencyKey: 'busy' })).toMatchObject({ __typename: 'SyncInProgressError', syncJob: { id: syncJob.id } });
    await cancel(gateway, syncJob.id);
    await endOf(gateway, syncJob.id);
    const started = await run({ id, idempotencyKey: 'busy' });
    expect(started.__typename).toBe('RunSourceConnectionPayload');
    await cancel(gateway, started['syncJob'].id);
  });

  test('and ATTACH means the job that it attached to, also when that has ended', async () => {
    const { id } = await connect(gateway, { config: { count: 100_000, recordsPerSecond: 1_000 } });
    const { syncJob } = await run({ id });
    const attach = { id, ifRunning: 'ATTACH', idempotencyKey: 'attach' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => run(attach)));
    expect(new Set(answers.map((answer) => answer['syncJob'].id))).toEqual(new Set([syncJob.id]));
    await cancel(gateway, syncJob.id);
    await endOf(gateway, syncJob.id);
    expect(await run(attach)).toMatchObject({ syncJob: { id: syncJob.id, status: 'CANCELLED' } });
    expect(await run({ ...attach, ifRunning: 'REJECT' })).toMatchObject(conflict);
    const other = await run({ ...attach, idempotencyKey: 'attach 2' });
    expect(other['syncJob'].id).not.toBe(syncJob.id);
    await cancel(gateway, other['syncJob'].id);
  });

  test('that another mutation had is a key of its own', async () => {
    const created = await create({ idempotencyKey: 'both', syncImmediately: false });
    const { id } = created['sourceConnection'];
    const started = await run({ id, idempotencyKey: 'both' });
    expect(started.__typename).toBe('RunSourceConnectionPayload');
    expect(idsOf(await create({ idempotencyKey: 'both', syncImmediately: false }))).toEqual(idsOf(created));
  });
});

test('keys keep no secret, and not the input', async () => {
  const password = canary('keyed');
  const web = await serveFiles({ '/a.csv': { body: 'id\n1\n', authorization: basic('reader', password) } });
  onTestFinished(() => web.close());
  const input = { name: 'Protected', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` }, idempotencyKey: 'secret' };
  const created = await mutate(gateway, 'createSourceConnection', { ...input, credentials: { username: 'reader', password } });
  expect(created.__typename).toBe('CreateSourceConnectionPayload');
  expect(
    await mutate(gateway, 'createSourceConnection', { ...input, credentials: { username: 'reader', password: canaryNamed('another') } }),
  ).toMatchObject(conflict);
  const rows = readControlRows(gateway, (database) => database.prepare('select * from idempotency_key').all());
  expect(rows.length).toBeGreaterThan(0);
  const files = readdirSync(gateway.dataDir)
    .filter((name) => name.startsWith('headgate.db'))
    .map((name) => [name, readFileSync(join(gateway.dataDir, name))] as const);
  expect(findCanaries([['rows', JSON.stringify(rows)], ['output', gateway.output()], ...files])).toEqual([]);
});

describe('killed', () => {
  test('between the work and its answer, the same key gives what was made', async () => {
    const first = await startGateway({ env });
    onTestFinished(() => first.cleanUp());
    const { id } = await connect(first, { config: { count: 20 } });
    const before = countControlRows(first);
    const sent = [run({ id, idempotencyKey: 'r' }, first), create({ idempotencyKey: 'c' }, first)].map((answer) => answer.catch(() => undefined));
    // Nobody reads the answers: the gateway dies as soon as the rows are there.
    for (;;) {
      const now = countControlRows(first);
      if (now.sync_job === before.sync_job + 2 && now.source_connection === before.source_connection + 1) break;
      await sleep(1);
    }
    await first.kill();
    await Promise.all(sent);
    const made = readControlRows(first, (database) => database.prepare('select id, trigger from sync_job order by trigger').all()) as {
      id: string;
    }[];

    const second = await startGateway({ env, dataDir: first.dataDir });
    onTestFinished(() => second.cleanUp());
    const again = await create({ idempotencyKey: 'c' }, second);
    expect([again['syncJob'].id, (await run({ id, idempotencyKey: 'r' }, second))['syncJob'].id]).toEqual(made.map((job) => job.id));
    for (const job of made) expect(await endOf(second, job.id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(countControlRows(second)).toMatchObject({ source_connection: 2, sync_job: 2 });
  }, 120_000);

  test('during the work, the same key does it within seconds, once', async () => {
    const held = await serveHeldFile();
    onTestFinished(() => held.close());
    const first = await startGateway({ env });
    onTestFinished(() => first.cleanUp());
    const input = { name: 'Slow file', sourceShortName: 'files', config: { url: held.url }, idempotencyKey: 'slow' };
    const lost = mutate(first, 'createSourceConnection', input).catch(() => undefined);
    await held.requested();
    await first.kill();
    await lost;
    held.release();

    const second = await startGateway({ env, dataDir: first.dataDir });
    onTestFinished(() => second.cleanUp());
    const startedAt = Date.now();
    const answers = await Promise.all([1, 2, 3].map(() => mutate(second, 'createSourceConnection', input)));
    expect(new Set(answers.map((answer) => idsOf(answer).join(' '))).size).toBe(1);
    expect(Date.now() - startedAt).toBeLessThan(40_000);
    expect(countControlRows(second)).toMatchObject({ source_connection: 1, sync_job: 1 });
  }, 120_000);
});

describe('a stored credential', () => {
  const password = canaryNamed('right');
  const body = 'id\n1\n';
  const setUp = async () => {
    const file = { body, authorization: basic('reader', password) };
    const web = await serveFiles({ '/a.csv': file, '/b.csv': file });
    onTestFinished(() => web.close());
    const input = { name: 'Protected', sourceShortName: 'files', config: { url: `${web.origin}/a.csv` } };
    const { id } = await connect(gateway, { ...input, credentials: { username: 'reader', password } });
    return { id, web, input, credentialId: (await credentialOf(id)).id as string };
  };
  const credentialOf = async (id: string) =>
    (
      await gateway.query(
        'query ($id: ID!) { sourceConnection(id: $id) { authMethod credential { id name authMethod publicValues secretFields rotatedAt } } }',
        { id },
      )
    ).sourceConnection.credential;

  test('is copied: the copy works, and rotating the one does not change the other', async () => {
    const { id, web, input, credentialId } = await setUp();
    const copy = await connect(gateway, { ...input, name: 'The copy', config: { url: `${web.origin}/b.csv` }, credentialId });
    const [original, copied] = [await credentialOf(id), await credentialOf(copy.id)];
    expect(copied.id).not.toBe(original.id);
    expect(copied).toMatchObject({ authMethod: 'CREDENTIALS', publicValues: { username: 'reader' }, secretFields: ['password'] });

    web.files.set('/a.csv', { body, authorization: basic('reader', canaryNamed('new')) });
    expect(await mutate(gateway, 'updateSourceConnectionCredentials', { id, credentials: { password: canaryNamed('new') } })).toMatchObject({
      test: { status: 'PASSED' },
    });
    expect(await mutate(gateway, 'testSourceConnection', { id: copy.id })).toMatchObject({ test: { status: 'PASSED' } });
    expect(await credentialOf(copy.id)).toEqual(copied);
    await mutate(gateway, 'deleteSourceConnection', { id });
    expect(await mutate(gateway, 'testSourceConnection', { id: copy.id })).toMatchObject({ test: { status: 'PASSED' } });
  });

  test('is not sent to a system that somebody has just named', async () => {
    const { input, credentialId } = await setUp();
    const stranger = await serveFiles({ '/a.csv': { body } });
    onTestFinished(() => stranger.close());
    const theirs = { ...input, config: { url: `${stranger.origin}/a.csv` }, credentialId };
    expect(issuePaths(await mutate(gateway, 'createSourceConnection', theirs))).toEqual(['config.url']);
    expect(stranger.requests).toEqual([]);
  });

  test('of another source, or together with credentials, is a ValidationError', async () => {
    const { input, credentialId } = await setUp();
    expect(issuePaths(await create({ credentialId }))).toEqual(['credentialId']);
    const both = { ...input, credentialId, credentials: { username: 'reader', password } };
    expect(issuePaths(await mutate(gateway, 'createSourceConnection', both))).toEqual(['credentialId']);
  });

  test('that does not exist, is no credential or was deleted with its source connection is not found', async () => {
    const { id, input, credentialId } = await setUp();
    for (const wrong of ['cred_01jd000000e00000000000000a', id, 'nonsense'])
      expect(await mutate(gateway, 'createSourceConnection', { ...input, credentialId: wrong })).toMatchObject({
        __typename: 'NotFoundError',
        code: 'NOT_FOUND',
        id: wrong,
      });
    await mutate(gateway, 'deleteSourceConnection', { id });
    expect(await mutate(gateway, 'createSourceConnection', { ...input, credentialId })).toMatchObject({
      __typename: 'NotFoundError',
      id: credentialId,
    });
  });

  test('opens nothing when the job of the copy runs after the original is gone', async () => {
    const { id, input, credentialId } = await setUp();
    const copy = await connect(gateway, { ...input, name: 'The copy', credentialId, syncImmediately: true });
    await mutate(gateway, 'deleteSourceConnection', { id });
    expect(await jobWhere(gateway, copy.syncJobId ?? '', ({ status }) => status === 'SUCCEEDED')).toMatchObject({ recordsRead: 1 });
  });
});
