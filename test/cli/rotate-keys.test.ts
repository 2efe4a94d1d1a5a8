import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { open, seal } from '../../src/lib/cipher.ts';
import { type EncryptionKey, keyRingOf, parseKeyRing, printKeyRing } from '../../src/lib/key-ring.ts';
import { canaryKey, findCanaries, plainCanary } from '../support/canary.ts';
import { runCommand } from '../support/cli.ts';
import { readControlRows } from '../support/control-rows.ts';
import { eventually } from '../support/eventually.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { createHook, startReceiver, verify } from '../support/hook-receiver.ts';
import { type FileServer, serveFiles } from '../support/http-files.ts';
import { type MutationResult, mutate } from '../support/mutate.ts';
import { connect, endOf, run } from '../support/sync-jobs.ts';

interface Row {
  readonly id: string;
  readonly organization_id: string;
  readonly sealed: string;
}

const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const rowsOf = (dataDir: string): Row[] => {
  const database = new Database(join(dataDir, 'headgate.db'), { readonly: true });
  const rows = database.prepare<[], Row>("select id, organization_id, sealed from credential where sealed <> '' order by id").all();
  database.close();
  return rows;
};
const keysOf = (dataDir: string) => parseKeyRing(readFileSync(join(dataDir, 'encryption.keys'), 'utf8'));
const keyIdOf = ({ sealed }: Row) => sealed.split('.')[1];
/** With nothing but what the file has. */
const opened = (keys: readonly EncryptionKey[], rows: readonly Row[]) =>
  rows.map(({ id, organization_id, sealed }) => open(keyRingOf(keys), `${organization_id}|${id}`, sealed));
const rotate = (dataDir: string, env: Record<string, string> = {}) =>
  runCommand(['encryption-keys', 'rotate', '--json'], { env: { HEADGATE_DATA_DIR: dataDir, ...env } });

let server: FileServer;
const password = plainCanary('password');
beforeAll(async () => {
  server = await serveFiles({ '/people.csv': { body: 'id,name\n1,Ann\n2,Bo\n', authorization: basic('reader', password) } });
});
afterAll(() => server.close());

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});
const start = async (env: Record<string, string>): Promise<Gateway> => {
  const gateway = await startGateway({ env });
  cleanUps.push(() => gateway.cleanUp());
  return gateway;
};
const people = () => ({
  name: 'People',
  sourceShortName: 'files',
  config: { url: `${server.origin}/people.csv` },
  authMethod: 'CREDENTIALS',
  credentials: { username: 'reader', password },
});

describe('rotating the keys while the gateway runs', () => {
  let gateway: Gateway;
  let dataDir: string;
  beforeAll(async () => {
    gateway = await startGateway();
    ({ dataDir } = gateway);
  });
  afterAll(() => gateway?.cleanUp());

  it('keeps every credential in use, and leaves nothing that is sealed with the old key', async () => {
    const connection = await connect(gateway, people());
    const [before] = keysOf(dataDir);
    const result = await rotate(dataDir);
    expect([result.status, result.stderr]).toEqual([0, '']);
    const [newest, ...older] = keysOf(dataDir);
    expect(older).toEqual([]);
    expect(newest?.id).not.toBe(before?.id);
    expect(result.lines()).toEqual([
      { newestKeyId: newest?.id, isNew: true, sealedAgain: 1, removedKeyIds: [before?.id], keptKeyIds: [], broken: [] },
    ]);
    expect(statSync(join(dataDir, 'encryption.keys')).mode & 0o777).toBe(0o600);
    expect(rowsOf(dataDir).map(keyIdOf)).toEqual([newest?.id]);

    const { test } = await mutate(gateway, 'testSourceConnection', { id: connection.id });
    expect(test).toMatchObject({ status: 'PASSED' });
    const job = await endOf(gateway, await run(gateway, connection.id));
    expect(job).toMatchObject({ status: 'SUCCEEDED', recordsInserted: 2 });
    // What it seals from now on is sealed with the new key.
    const another = await mutate(gateway, 'createSourceConnection', { ...people(), syncImmediately: false });
    expect(another.__typename).toBe('CreateSourceConnectionPayload');
    expect(rowsOf(dataDir).map(keyIdOf)).toEqual([newest?.id, newest?.id]);
    expect(findCanaries([['printed', result.stdout + result.stderr + gateway.output()]])).toEqual([]);
    for (const { key } of [before, newest].filter((known) => known !== undefined))
      expect(result.stdout + result.stderr + gateway.output()).not.toContain(key.toString('base64'));
  });

  it('loses no update that is made meanwhile, and tears no test', async () => {
    const connections = [await connect(gateway, people()), await connect(gateway, people())];
    let rotating = true;
    const updated: string[] = [];
    const results: MutationResult[] = [];
    const work = connections.map(async ({ id }, index) => {
      for (let turn = 0; rotating; turn++) {
        const token = `${password}-${index}-${turn}`;
        const update = { id, credentials: { password: token }, runSetupTests: false };
        results.push(await mutate(gateway, 'updateSourceConnectionCredentials', update));
        updated[index] = token;
      }
    });
    const rotations = [await rotate(dataDir), ...(await Promise.all([rotate(dataDir), rotate(dataDir)]))];
    rotating = false;
    await Promise.all(work);
    expect(rotations.map(({ status, stderr }) => [status, stderr])).toEqual([0, 1, 2].map(() => [0, '']));
    expect(results.length).toBeGreaterThan(10);
    expect([...new Set(results.map(({ __typename }) => __typename))]).toEqual(['UpdateSourceConnectionCredentialsPayload']);
    // Those before were made by others.
    const rows = rowsOf(dataDir).slice(-connections.length);
    const secrets = opened(keysOf(dataDir), rows).map((text) => JSON.parse(text).password);
    expect(secrets.sort()).toEqual(updated.sort());
  });

  it('keeps signing what webhooks are told', async () => {
    const receiver = await startReceiver();
    cleanUps.push(() => receiver.close());
    const { id, secret } = await createHook(gateway, receiver.url());
    await connect(gateway, people());
    await eventually(() => expect(receiver.received.length).toBe(1), 20_000);
    const sealed = () =>
      readControlRows(gateway, (database) => database.prepare<[string], string>('select sealed_secret from webhook where id = ?').pluck().get(id));
    const before = sealed();
    expect((await rotate(dataDir)).lines()).toMatchObject([{ broken: [] }]);
    expect(sealed()?.split('.')[1]).toBe(keysOf(dataDir)[0]?.id);
    expect(sealed()).not.toBe(before);
    await connect(gateway, people());
    await eventually(() => expect(receiver.received.length).toBe(2));
    for (const one of receiver.received) verify(secret, one);
    await mutate(gateway, 'deleteWebhook', { id });
    await eventually(() => expect(sealed()).toBeUndefined());
  });

  it('remembers idempotency keys', async () => {
    const input = { ...people(), syncImmediately: false, idempotencyKey: 'once' };
    const first = await mutate(gateway, 'createSourceConnection', input);
    expect((await rotate(dataDir)).lines()).toMatchObject([{ sealedAgain: rowsOf(dataDir).length + 1 }]);
    const again = await mutate(gateway, 'createSourceConnection', input);
    expect(again['sourceConnection'].id).toBe(first['sourceConnection'].id);
    expect((await mutate(gateway, 'createSourceConnection', { ...input, name: 'Other' })).__typename).toBe('ConflictError');
  });

  it('with a key file of the operator replaces that one, with its mode', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headgate-operator-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'keys');
    const old = canaryKey();
    writeFileSync(file, printKeyRing([old]), { mode: 0o640 });
    const env = { HEADGATE_ENCRYPTION_KEYS_FILE: file };
    const another = await start(env);
    const connection = await connect(another, people());
    const result = await rotate(another.dataDir, env);
    expect(result.status).toBe(0);
    expect(parseKeyRing(readFileSync(file, 'utf8')).map(({ id }) => id)).toEqual([result.lines()[0].newestKeyId]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(existsSync(join(another.dataDir, 'encryption.keys'))).toBe(false);
    expect((await mutate(another, 'testSourceConnection', { id: connection.id }))['test'].status).toBe('PASSED');
  });
});

describe('without a gateway', () => {
  const secretOf = (id: string) => JSON.stringify({ password: `of ${id}` });
  const many = 4_000;
  let folder: string;
  /** A data folder with many credentials. */
  beforeAll(async () => {
    const gateway = await startGateway();
    folder = gateway.dataDir;
    await connect(gateway, people());
    await gateway.stop();
    const ring = keyRingOf(keysOf(folder));
    const database = new Database(join(folder, 'headgate.db'));
    const [row] = database.prepare<[], Row>('select * from credential').all();
    if (!row) throw new Error('there is no credential');
    const columns = Object.keys(row);
    const insert = database.prepare(`insert into credential (${columns.join(', ')}) values (${columns.map((column) => `@${column}`).join(', ')})`);
    database.transaction(() => {
      for (let index = 0; index < many; index++) {
        const id = `cred_many_${String(index).padStart(5, '0')}`;
        insert.run({ ...row, id, sealed: seal(ring, `${row.organization_id}|${id}`, secretOf(id)) });
      }
    })();
    database.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const copyOfFolder = () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'headgate-rotate-'));
    cleanUps.push(() => rmSync(dataDir, { recursive: true }));
    cpSync(folder, dataDir, { recursive: true });
    return dataDir;
  };
  const expectAllOpen = (dataDir: string) => {
    const rows = rowsOf(dataDir).filter(({ id }) => id.startsWith('cred_many_'));
    expect(rows).toHaveLength(many);
    expect(opened(keysOf(dataDir), rows)).toEqual(rows.map(({ id }) => secretOf(id)));
  };

  it('killed half-way every credential opens, and the next call finishes', async () => {
    const dataDir = copyOfFolder();
    const [old] = keysOf(dataDir);
    const sealedAgain = () => rowsOf(dataDir).filter((row) => keyIdOf(row) !== old?.id).length;
    for (const enough of [1, 700, 1_500]) {
      const { status } = await runCommand(['encryption-keys', 'rotate'], {
        env: { HEADGATE_DATA_DIR: dataDir },
        started: (child) => {
          const watch = async () => {
            while (sealedAgain() < enough && child.exitCode === null) await sleep(1);
            child.kill('SIGKILL');
          };
          void watch();
        },
      });
      expect(status).toBeNull();
      expect(keysOf(dataDir).map(({ id }) => id)).toEqual([expect.any(String), old?.id]);
      expect(sealedAgain()).toBeLessThan(many);
      expectAllOpen(dataDir);
    }
    const result = await rotate(dataDir);
    const [report] = result.lines();
    expect(result.status).toBe(0);
    expect(report).toMatchObject({ isNew: false, removedKeyIds: [old?.id], broken: [] });
    expect(report.sealedAgain).toBeLessThan(many);
    expect(keysOf(dataDir).map(({ id }) => id)).toEqual([report.newestKeyId]);
    expectAllOpen(dataDir);
  });

  it('names what does not open, leaves it alone, and still makes a new key each time', async () => {
    const dataDir = copyOfFolder();
    const database = new Database(join(dataDir, 'headgate.db'));
    database.prepare("update credential set sealed = replace(sealed, 'v1.', 'v1.lost-') where id = 'cred_many_00007'").run();
    const [old] = keysOf(dataDir);
    database.prepare("update credential set sealed = substr(sealed, 1, 60) where id = 'cred_many_00008'").run();
    database.close();
    const broken = ['credential cred_many_00007', 'credential cred_many_00008'];
    for (const turn of [1, 2]) {
      const result = await rotate(dataDir);
      expect([turn, result.status]).toEqual([turn, 1]);
      expect(result.lines()).toMatchObject([{ isNew: true, broken, keptKeyIds: [old?.id] }]);
    }
    const rows = rowsOf(dataDir).filter(({ id }) => id.startsWith('cred_many_') && !broken.includes(`credential ${id}`));
    expect(opened(keysOf(dataDir).slice(0, 1), rows)).toEqual(rows.map(({ id }) => secretOf(id)));
  });

  it('with the keys in a variable asks for a new one, then seals and says which may go', async () => {
    const dataDir = copyOfFolder();
    const [old] = keysOf(dataDir);
    if (!old) throw new Error('there is no key');
    const print = (...keys: EncryptionKey[]) => printKeyRing(keys).trim().replaceAll('\n', ',');
    const refused = await rotate(dataDir, { HEADGATE_ENCRYPTION_KEYS: print(old) });
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('restart every gateway');
    expect(refused.stderr).not.toContain(old.key.toString('base64'));
    const fresh = canaryKey();
    const result = await rotate(dataDir, { HEADGATE_ENCRYPTION_KEYS: print(fresh, old) });
    expect(result.lines()).toMatchObject([{ newestKeyId: fresh.id, sealedAgain: many + 1, removedKeyIds: [old.id], keptKeyIds: [] }]);
    expect(opened([fresh], rowsOf(dataDir))).toHaveLength(many + 1);
    expect(keysOf(dataDir)).toEqual([old]);
  });

  it('on a folder without a database says so', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'headgate-rotate-'));
    cleanUps.push(() => rmSync(dataDir, { recursive: true }));
    const { status, stderr } = await rotate(dataDir);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^There is no database .*\.\n$/);
  });
});
