import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnyConnectorContext, Connector } from '../../src/connector/connector.ts';
import { files } from '../../src/connectors/files.ts';
import { sqlite } from '../../src/connectors/sqlite.ts';
import { contextFor } from '../support/connector-contract.ts';
import { failureOf } from '../support/listening.ts';

const parent = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-paths-')));
const root = join(parent, 'root');
const outside = join(parent, 'outside');
const data = join(parent, 'data');
for (const folder of [root, outside, join(data, 'records')]) mkdirSync(folder, { recursive: true });
const keyFile = join(parent, 'headgate.keys');
const ownPaths = [data, join(parent, 'control.db'), keyFile];
afterAll(() => rmSync(parent, { recursive: true }));

function contextOf(connector: Connector, path: string, filesRoot = root): AnyConnectorContext {
  const config = connector === files ? { path, format: 'csv' } : { path };
  return { ...contextFor({ connector, filesRoot }, { config }), ownPaths };
}
const discover = (connector: Connector, path: string, filesRoot?: string) => connector.discover(contextOf(connector, path, filesRoot));

function writeDatabase(path: string, table: string): void {
  new Database(path).exec(`create table ${table} (a)`).close();
}

describe('what is no ordinary file inside the root is not opened', () => {
  test('a socket, a pipe, a device and a folder', async () => {
    const server = createServer().listen(join(root, 'socket'));
    await once(server, 'listening');
    execFileSync('mkfifo', [join(root, 'pipe')]);
    symlinkSync('/dev/zero', join(root, 'device'));
    for (const connector of [files, sqlite]) {
      for (const path of ['socket', 'pipe', 'device', '.']) {
        expect(await failureOf(discover(connector, path)), `${connector.shortName} ${path}`).toMatchObject({ type: 'CONFIG' });
      }
    }
    server.close();
  });

  test('what the kernel shows of processes, even when the root is the whole machine', async () => {
    symlinkSync('/proc/self/environ', join(root, 'environ'));
    for (const path of [
      '/proc/self/environ',
      '/proc/self/root/proc/self/environ',
      '/proc/self/fd/0',
      '/proc/1/cmdline',
      '/sys/kernel/uevent_seqnum',
    ]) {
      expect(await failureOf(discover(files, path, '/')), path).toMatchObject({ type: 'CONFIG', message: expect.not.stringContaining('gateway') });
    }
    expect(await failureOf(discover(files, join(root, 'environ'), '/'))).toMatchObject({ message: expect.stringContaining('not a regular file') });
  });
});

describe('what is the gateway’s own', () => {
  const own = [join(data, 'records/col.db'), join(data, 'encryption.keys'), join(parent, 'control.db'), join(parent, 'control.db-wal'), keyFile];

  test('is not read under a second name (hard link)', async () => {
    for (const [index, path] of own.entries()) {
      if (path.endsWith('.db')) writeDatabase(path, 'secret');
      else writeFileSync(path, 'a,b\nsecret,1\n');
      linkSync(path, join(root, `second${index}`));
      for (const connector of path.endsWith('.db') ? [sqlite, files] : [files]) {
        const failure = await failureOf(discover(connector, `second${index}`));
        expect(failure, path).toMatchObject({ type: 'CONFIG', message: 'The path leads to data of the gateway itself.' });
      }
    }
  });

  test('is not read by its own name either, when the root has it inside', async () => {
    for (const path of own) {
      for (const given of [path, `root/../${path.slice(parent.length + 1)}`]) {
        expect(await failureOf(discover(files, given, parent)), given).toMatchObject({ message: 'The path leads to data of the gateway itself.' });
      }
    }
  });

  test('does not take second names from the files of others', async () => {
    writeFileSync(join(root, 'first.csv'), 'a\n1\n');
    linkSync(join(root, 'first.csv'), join(root, 'other.csv'));
    expect(await discover(files, 'other.csv')).toHaveLength(1);
  });
});

test('a folder that is swapped for a link at any moment never leads outside', async () => {
  for (const [folder, name] of [
    [join(root, 'now'), 'inside'],
    [outside, 'outside'],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    writeDatabase(join(folder, 'x.db'), name);
    writeFileSync(join(folder, 'x.csv'), `${name}\n1\n`);
  }
  const swapper = join(parent, 'swap.mjs');
  const swap = `import { renameSync, symlinkSync } from 'node:fs';
    const linger = () => { for (const until = performance.now() + Math.random() / 2; performance.now() < until; ); };
    symlinkSync(${JSON.stringify(outside)}, 'link');
    for (let turn = 0; process.connected; turn++) {
      renameSync('now', 'folder');
      renameSync('link', 'now');
      linger();
      renameSync('now', 'link');
      renameSync('folder', 'now');
      linger();
      if (turn === 0) process.send('swapping');
      if (turn % 64 === 0) await new Promise((done) => setImmediate(done));
    }`;
  writeFileSync(swapper, swap);
  const child = fork(swapper, { cwd: root });
  await once(child, 'message');
  const seen = new Set<string>();
  try {
    for (let turn = 0; turn < 500; turn++) {
      for (const [connector, path] of [
        [sqlite, 'now/x.db'],
        [files, 'now/x.csv'],
      ] as const) {
        const found = await discover(connector, path).catch((error: Error) => error.name);
        seen.add(typeof found === 'string' ? found : JSON.stringify(connector === files ? found[0]?.jsonSchema['properties'] : found[0]?.name));
      }
    }
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
  expect([...seen].filter((each) => each.includes('outside'))).toEqual([]);
  expect(seen).toContain('SourceFailure');
}, 30_000);
