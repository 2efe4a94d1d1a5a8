import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fakeStreams } from '../../src/connectors/faker/streams.ts';
import { printKeyRing } from '../../src/lib/key-ring.ts';
import { searchFolder } from '../support/canaries/run-folder.ts';
import { canaryKey, plainCanary } from '../support/canary.ts';
import { runCommand } from '../support/cli.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type FileServer, serveFiles } from '../support/http-files.ts';
import { mutate } from '../support/mutate.ts';
import { type AnyRecord, connect, endOf, jobWhere, pathOf, recordsOf, run } from '../support/sync-jobs.ts';

const folder = mkdtempSync(join(tmpdir(), 'headgate-backup-'));
const password = plainCanary('password');
let server: FileServer;
beforeAll(async () => {
  const authorization = `Basic ${Buffer.from(`reader:${password}`).toString('base64')}`;
  server = await serveFiles({ '/people.csv': { body: 'id,name\n1,Ann\n2,Bo\n', authorization } });
});
const start = (dataDir?: string) => startGateway({ env: { HEADGATE_TICK_MS: '200' }, ...(dataDir ? { dataDir } : {}) });
let gateway: Gateway;
beforeAll(async () => {
  gateway = await start();
});
afterAll(async () => {
  await gateway?.cleanUp();
  await server.close();
  searchFolder(folder);
  rmSync(folder, { recursive: true, force: true });
});

const backup = (dataDir: string, to: string, ...more: string[]) =>
  runCommand(['backup', '--json', '--to', to, ...more], { env: { HEADGATE_DATA_DIR: dataDir } });
const ordersOf = (count: number) => {
  const stream = fakeStreams.find(({ name }) => name === 'orders');
  return Array.from({ length: count }, (_, index) => JSON.parse(stream?.jsonAt(1, index) ?? '') as AnyRecord);
};
const inOrder = (records: readonly AnyRecord[]) => records.map((record) => JSON.stringify(record, Object.keys(record).sort())).sort();
const withCredentials = () => ({
  name: 'People',
  sourceShortName: 'files',
  config: { url: `${server.origin}/people.csv` },
  authMethod: 'CREDENTIALS',
  credentials: { username: 'reader', password },
});

describe('a backup of a gateway that runs', () => {
  it('starts as it was: records, statuses, credentials, and a sync that was running goes on', async () => {
    const people = await connect(gateway, { ...withCredentials(), syncImmediately: true });
    expect((await endOf(gateway, people.syncJobId ?? '')).status).toBe('SUCCEEDED');
    const paused = await connect(gateway, { name: 'Never synced' });
    const count = 12_000;
    const orders = await connect(gateway, { name: 'Many orders', config: { count, recordsPerSecond: 1_200 }, streams: [{ name: 'orders' }] });
    const jobId = await run(gateway, orders.id);
    await jobWhere(gateway, jobId, ({ recordsRead }) => recordsRead > 1_000);

    const to = join(folder, 'running');
    const result = await backup(gateway.dataDir, to, '--with-keys');
    expect([result.status, result.stderr]).toEqual([0, '']);
    const [{ files }] = result.lines();
    expect(files.map(({ path }: { path: string }) => path).sort()).toEqual(
      ['encryption.keys', 'headgate.db', `records/${orders.collectionId}.db`, `records/${people.collectionId}.db`].sort(),
    );
    expect(statSync(to).mode & 0o077).toBe(0);
    for (const path of readdirSync(to)) expect(statSync(join(to, path)).mode & 0o077).toBe(0);

    // The gateway itself has not noticed.
    const original = await jobWhere(gateway, jobId, ({ status }) => status !== 'RUNNING', 60_000);
    expect(pathOf(original)).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED']);

    const copied = await start(to);
    onTestFinished(() => copied.cleanUp());
    const job = await endOf(copied, jobId, 60_000);
    expect(job).toMatchObject({ status: 'SUCCEEDED', recordsInserted: count, recordsRead: count, recordsUpdated: 0 });
    expect(pathOf(job)).toEqual(['PENDING', 'RUNNING', 'WAITING', 'RUNNING', 'SUCCEEDED']);
    expect(inOrder(await recordsOf(copied, orders.collectionId))).toEqual(inOrder(ordersOf(count)));
    expect(await recordsOf(copied, people.collectionId)).toEqual(await recordsOf(gateway, people.collectionId));
    const status = 'query ($id: ID!) { sourceConnection(id: $id) { name status recordCount } }';
    for (const { id } of [people, paused]) expect(await copied.query(status, { id })).toEqual(await gateway.query(status, { id }));
    expect((await mutate(copied, 'testSourceConnection', { id: people.id }))['test'].status).toBe('PASSED');
  }, 180_000);

  it('claims no more in its control rows than its record files hold, at whatever moment', async () => {
    const orders = await connect(gateway, { config: { count: 60_000, recordsPerSecond: 20_000 }, streams: [{ name: 'orders' }] });
    const jobId = await run(gateway, orders.id);
    await jobWhere(gateway, jobId, ({ recordsRead }) => recordsRead > 0);
    const seen: number[] = [];
    for (const turn of [1, 2, 3]) {
      const to = join(folder, `moment-${turn}`);
      expect((await backup(gateway.dataDir, to)).status).toBe(0);
      const control = new Database(join(to, 'headgate.db'), { readonly: true });
      const claimed = control.prepare<[string], number>('select records_read from sync_job where id = ?').pluck().get(jobId) ?? 0;
      control.close();
      const records = new Database(join(to, 'records', `${orders.collectionId}.db`), { readonly: true });
      const held = records.prepare<[], number>('select sum(record_count) from generation').pluck().get() ?? 0;
      records.close();
      expect(held).toBeGreaterThanOrEqual(claimed);
      seen.push(claimed);
    }
    expect(seen[0]).toBeGreaterThan(0);
    expect((await endOf(gateway, jobId, 60_000)).status).toBe('SUCCEEDED');
  }, 180_000);
});

describe('a backup', () => {
  it('is never written over something, and one that fails leaves nothing behind', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'precious'), 'x');
    for (const to of [taken, join(taken, 'precious'), gateway.dataDir]) {
      const before = existsSync(join(to, 'headgate.db')) ? readdirSync(to).sort() : [];
      const { status, stderr, stdout } = await backup(gateway.dataDir, to);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toContain('is there already');
      if (before.length > 0) expect(readdirSync(to).sort()).toEqual(before);
    }
    expect(readFileSync(join(taken, 'precious'), 'utf8')).toBe('x');
    const keys = printKeyRing([canaryKey()]);
    const env = { HEADGATE_DATA_DIR: gateway.dataDir, HEADGATE_ENCRYPTION_KEYS: keys };
    const refused = await runCommand(['backup', '--with-keys', '--to', join(folder, 'refused')], { env });
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('Leave --with-keys out');
    expect(readdirSync(folder).filter((name) => name.startsWith('refused'))).toEqual([]);
  });

  it('fits into a folder that is empty', async () => {
    const to = join(folder, 'empty');
    mkdirSync(to);
    expect((await backup(gateway.dataDir, to)).status).toBe(0);
    expect(readdirSync(to).sort()).toEqual(['headgate.db', 'records']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('leaves the keys out unless asked for them, and says so', async () => {
    await connect(gateway, withCredentials());
    const { dataDir } = gateway;
    // Nor does it need one that runs.
    expect(await gateway.stop()).toBe(0);
    const to = join(folder, 'deep', 'without-keys');
    const { status, stdout } = await runCommand(['backup', '--to', to], { env: { HEADGATE_DATA_DIR: dataDir } });
    expect(status).toBe(0);
    expect(stdout).toContain('The keys are not in it');
    expect(readdirSync(to).sort()).toEqual(['headgate.db', 'records']);
    const [, key = ''] = readFileSync(join(dataDir, 'encryption.keys'), 'utf8').trim().split(':');
    expect(readFileSync(join(to, 'headgate.db')).includes(key)).toBe(false);
  });
});
