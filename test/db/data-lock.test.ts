import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DataFolderInUseError, lockDataFolder } from '../../src/db/data-lock.ts';
import { startGateway } from '../support/gateway.ts';

const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'headgate-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

test('a data folder has one holder until it is released', () => {
  const path = join(folder(), 'headgate.lock');
  const lock = lockDataFolder(path);
  expect(() => lockDataFolder(path)).toThrow(DataFolderInUseError);
  lock.release();
  lockDataFolder(path).release();
});

test('a second gateway on the same folder refuses with a sentence that helps, and the first goes on', async () => {
  const first = await startGateway();
  onTestFinished(() => first.cleanUp());
  await expect(startGateway({ dataDir: first.dataDir })).rejects.toThrow(/Another Headgate is running on this data folder.*HEADGATE_DATA_DIR/);
  expect((await first.query('{ viewer { role } }')).viewer.role).toBe('ADMIN');
});

test('a gateway that was killed leaves no lock behind', async () => {
  const first = await startGateway();
  await first.kill();
  const second = await startGateway({ dataDir: first.dataDir });
  onTestFinished(() => second.cleanUp());
  expect((await second.query('{ viewer { role } }')).viewer.role).toBe('ADMIN');
});
