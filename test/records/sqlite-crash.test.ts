import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSqliteRecordStore } from '../../src/records/sqlite.ts';
import { collection, jsonOf, streamOf } from '../support/record-store-data.ts';
import { page, pages, sourceModes } from './sqlite-source.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'headgate-crash-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function startWriter() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'sqlite-writer-process.ts'), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, exited: once(child, 'exit') };
}

test('workers killed at any moment leave a sound file, and the next ones finish what the source has, once', async () => {
  let killed = 0;
  for (let seed = 0; seed < 15; seed += 1) {
    const { child, exited } = startWriter();
    if (seed % 5 < 4) {
      await once(child.stdout, 'data');
      await sleep((seed * 7) % 40);
      child.kill('SIGKILL');
      child.stdout.resume();
      const [code, signal] = await exited;
      if (signal === 'SIGKILL') killed += 1;
      else expect(code).toBe(0);
    } else {
      child.stdout.resume();
      expect(await exited).toEqual([0, null]);
      await expectWhole();
      rmSync(directory, { recursive: true });
    }
  }
  expect(killed).toBeGreaterThan(5);
}, 120_000);

async function expectWhole(): Promise<void> {
  const db = new Database(join(directory, `${collection.id}.db`), { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  const reader = createSqliteRecordStore({ directory, role: 'gateway' });
  for (const [name, over] of sourceModes) {
    const stream = streamOf({ name, ...over });
    const source = Array.from({ length: pages }, (_, number) => page(stream, number)).flat();
    expect(await jsonOf(reader, { stream })).toEqual(source.map((each) => each.json));
  }
  await reader.close();
}

test('a reader in another process never sees half a checkpoint', async () => {
  const { child, exited } = startWriter();
  child.stdout.resume();
  const reader = createSqliteRecordStore({ directory, role: 'gateway' });
  const seen = new Set<number>();
  while (child.exitCode === null) {
    const last = (await reader.page({ collection, filter: { stream: { name: 'append', namespace: null } }, limit: 1, backwards: true }))[0];
    const rows = last?.row ?? 0;
    expect(rows % 500).toBe(0);
    seen.add(rows);
    await sleep(1);
  }
  expect(await exited).toEqual([0, null]);
  expect(seen.size).toBeGreaterThan(2);
  await reader.close();
}, 60_000);
