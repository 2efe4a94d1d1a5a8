import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printKeyRing } from '../../src/lib/key-ring.ts';
import { canaryKey, findCanaries, plainCanary } from '../support/canary.ts';
import { type CliResult, runCommand } from '../support/cli.ts';
import { startGateway } from '../support/gateway.ts';
import { connect, endOf } from '../support/sync-jobs.ts';

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly remedy: string | null;
}

const password = plainCanary('password');
let running: Awaited<ReturnType<typeof startGateway>>;
/** The data of a gateway that was stopped in good order. */
let folder: string;
let collectionId: string;
const copies: string[] = [];

beforeAll(async () => {
  const gateway = await startGateway();
  folder = gateway.dataDir;
  const connection = await connect(gateway, { syncImmediately: true });
  collectionId = connection.collectionId;
  await endOf(gateway, connection.syncJobId ?? '');
  const credentials = { host: '127.0.0.1', database: 'shop', username: 'reader', password };
  await connect(gateway, { sourceShortName: 'postgresql', credentials, streams: [{ name: 'orders' }], runSetupTests: false });
  await gateway.stop();
  const copy = copyOfFolder();
  running = await startGateway({ dataDir: copy });
});
afterAll(async () => {
  await running.cleanUp();
  for (const path of [folder, ...copies]) rmSync(path, { recursive: true, force: true });
});

function copyOfFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'headgate-doctor-'));
  copies.push(dataDir);
  cpSync(folder, dataDir, { recursive: true });
  return dataDir;
}

const doctor = async (dataDir: string, env: Record<string, string> = {}) => {
  const result = await runCommand(['doctor', '--json'], { env: { HEADGATE_DATA_DIR: dataDir, ...env } });
  const [{ status, findings }] = result.lines() as [{ status: string; findings: Finding[] }];
  expect(result.stderr).toBe('');
  expect(findCanaries([['printed', result.stdout]])).toEqual([]);
  for (const finding of findings) expect([finding.check, finding.status !== 'ok']).toEqual([finding.check, finding.remedy !== null]);
  return { exit: result.status, status, findings, wrong: findings.filter((finding) => finding.status !== 'ok') };
};
/** Names and modes of everything in a folder, times and content of its files. */
const contentOf = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = statSync(join(path, name));
      return [name, stats.mode, ...(stats.isFile() ? [stats.mtimeMs, readFileSync(join(path, name), 'base64')] : [])];
    });
const withDatabase = (dataDir: string, sql: string) => {
  const database = new Database(join(dataDir, 'headgate.db'));
  database.pragma('foreign_keys = OFF');
  database.exec(sql);
  database.close();
};

describe('headgate doctor', () => {
  it('finds nothing wrong with a gateway that runs, and names its process', async () => {
    const { exit, status, findings } = await doctor(running.dataDir);
    expect([exit, status]).toEqual([0, 'ok']);
    expect(findings.map(({ check }) => check)).toEqual([
      'versions',
      'configuration',
      'data folder',
      'disk space',
      'gateway',
      'migrations',
      'integrity',
      'encryption keys',
      'record files',
    ]);
    const { message } = findings.find(({ check }) => check === 'gateway') as Finding;
    expect(message).toBe(process.platform === 'linux' ? `is running, process ${running.pid}` : 'is running');
    expect(await running.query('{ viewer { role } }')).toEqual({ viewer: { role: 'ADMIN' } });
  });

  it('looks at the data of a stopped gateway and leaves every byte as it was', async () => {
    const before = contentOf(folder);
    expect(before.length).toBeGreaterThan(3);
    const { exit, status, findings } = await doctor(folder);
    expect([exit, status]).toEqual([0, 'ok']);
    expect(findings).toContainEqual({ check: 'gateway', status: 'ok', message: 'is not running', remedy: null });
    expect(contentOf(folder)).toEqual(before);
  });

  it('prints a line for each finding, with what to do below those that are wrong', async () => {
    const dataDir = copyOfFolder();
    chmodSync(join(dataDir, 'encryption.keys'), 0o644);
    const result: CliResult = await runCommand(['doctor'], { env: { HEADGATE_DATA_DIR: dataDir } });
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(/^warn {2}encryption keys .*\n +→ Run: chmod 600 /m);
  });

  it('of a folder that is not there yet says what the first start does', async () => {
    const dataDir = join(folder, 'not', 'there');
    const { exit, wrong } = await doctor(dataDir);
    expect([exit, wrong.map(({ check, status }) => [check, status])]).toEqual([0, [['data folder', 'warn']]]);
  });

  it('names every variable that is wrong', async () => {
    const { exit, wrong } = await doctor(folder, { PORT: 'x', HEADGATE_EGRESS: 'all' });
    expect([exit, wrong.map(({ check }) => check)]).toEqual([1, ['configuration']]);
    for (const name of ['PORT', 'HEADGATE_EGRESS']) expect(wrong[0]?.message).toContain(name);
  });

  const damages: [string, (dataDir: string) => void, [check: string, status: string, text: string]][] = [
    ['a folder open to others', (dataDir) => chmodSync(dataDir, 0o755), ['data folder', 'warn', 'Others may look']],
    ['a lost key file', (dataDir) => rmSync(join(dataDir, 'encryption.keys')), ['encryption keys', 'fail', 'is gone']],
    [
      'a broken key file',
      (dataDir) => writeFileSync(join(dataDir, 'encryption.keys'), 'k1:x', { mode: 0o600 }),
      ['encryption keys', 'fail', '32 bytes'],
    ],
    [
      'another key file',
      (dataDir) => writeFileSync(join(dataDir, 'encryption.keys'), printKeyRing([canaryKey()])),
      ['encryption keys', 'fail', '(1 value)'],
    ],
    [
      'an unfinished rotation',
      (dataDir) => {
        const path = join(dataDir, 'encryption.keys');
        writeFileSync(path, printKeyRing([canaryKey()]) + readFileSync(path, 'utf8'));
      },
      ['encryption keys', 'warn', 'has 2 keys'],
    ],
    ['a pending migration', (dataDir) => withDatabase(dataDir, 'delete from migration'), ['migrations', 'warn', 'Not applied yet']],
    [
      'a newer database',
      (dataDir) => withDatabase(dataDir, "insert into migration (name) values ('20991231-later')"),
      ['migrations', 'fail', '20991231-later'],
    ],
    ['a row that points nowhere', (dataDir) => withDatabase(dataDir, 'delete from collection'), ['integrity', 'fail', 'nowhere']],
    ['a lost record file', (dataDir) => rmSync(join(dataDir, 'records', `${collectionId}.db`)), ['record files', 'fail', 'are gone']],
    [
      'a record file of a collection that is gone',
      (dataDir) => writeFileSync(join(dataDir, 'records', 'col_unknown.db'), ''),
      ['record files', 'warn', 'belongs to no collection'],
    ],
    [
      'a record file that is none',
      (dataDir) => writeFileSync(join(dataDir, 'records', `${collectionId}.db`), 'x'.repeat(5_000)),
      ['record files', 'fail', 'cannot be read'],
    ],
  ];
  it.each(damages)('sees %s', async (_title, damage, [check, status, text]) => {
    const dataDir = copyOfFolder();
    damage(dataDir);
    const { exit, wrong } = await doctor(dataDir);
    const found = wrong.find((finding) => finding.check === check);
    expect(found).toMatchObject({ check, status, message: expect.stringContaining(text) });
    expect(exit).toBe(status === 'fail' ? 1 : 0);
  });

  it('sees a damaged database', async () => {
    const dataDir = copyOfFolder();
    const path = join(dataDir, 'headgate.db');
    const bytes = readFileSync(path);
    // Every page but the first two, with the schema and what finds it, is overwritten.
    bytes.fill(0x5a, 4096 * 8);
    writeFileSync(`${path}.damaged`, bytes);
    renameSync(`${path}.damaged`, path);
    const { exit, wrong } = await doctor(dataDir);
    expect(exit).toBe(1);
    expect(wrong.filter(({ status }) => status === 'fail').length).toBeGreaterThan(0);
  });
});
