import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canary, canaryKey } from '../canary.ts';
import { followGateway } from './capture.ts';
import { searchFolder } from './run-folder.ts';

/* Shows secrets in every way that the last step of a run must find. Run by test/canaries.test.ts alone, as a run of its own, which passes but for that step. */

test('a secret is printed, is an argument, is stored, and is answered', async () => {
  const [printed, argument, stored, answered] = ['printed', 'argument', 'stored', 'answered'].map((label) => canary(label));
  const print = 'process.stderr.write(JSON.stringify({ password: process.env.SECRET }))';
  const child = spawn(process.execPath, ['-e', print, String(argument)], { env: { ...process.env, SECRET: printed } });
  expect(await once(child, 'exit')).toEqual([0, null]);

  const key = `hg_${'0'.repeat(26)}_${randomBytes(32).toString('base64url')}`;
  const server = createServer((request, response) => response.end(request.url === '/key' ? key : `ada:${answered}`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  followGateway(url);
  for (const path of ['/', '/key', '/key']) await (await fetch(url + path)).text();
  server.close();
  server.closeAllConnections();

  const folder = mkdtempSync(join(tmpdir(), 'headgate-leaks-'));
  writeFileSync(join(folder, 'headgate.db'), canaryKey().key);
  writeFileSync(join(folder, 'headgate.db-wal'), encodeURIComponent(String(stored)));
  writeFileSync(join(folder, 'backup.db'), Buffer.from(`hash:${key.slice(30)}`).toString('base64'));
  searchFolder(folder);
  rmSync(folder, { recursive: true });
});
