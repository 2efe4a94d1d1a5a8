import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

describe('npm run demo', () => {
  // Its throw-away folder goes here, so that what stays behind is seen.
  const scratch = mkdtempSync(join(tmpdir(), 'headgate-test-demo-'));
  let printed = '';
  let exitStatus: number | string | null | undefined;

  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      const options = { cwd: join(import.meta.dirname, '..'), env: { ...process.env, TMPDIR: scratch, FORCE_COLOR: undefined } };
      const child = execFile(process.execPath, ['demo/run.ts'], options, (error, stdout, stderr) => {
        printed = stdout + stderr;
        exitStatus = error ? error.code : child.exitCode;
        resolve();
      });
    });
  }, 60_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test('does the whole main job and ends with status 0', () => {
    expect(printed).toContain('Done in');
    expect(exitStatus).toBe(0);
  });

  test('shows the tests, each transition in order, counters and records', () => {
    expect(printed.match(/PASSED/g)).toHaveLength(2);
    const transitions = [...printed.matchAll(/\d\. (?:[A-Z]+ → )?([A-Z]+)$/gm)].map(([, to]) => to);
    expect(transitions).toEqual(['PENDING', 'RUNNING', 'SUCCEEDED', 'PENDING', 'RUNNING', 'SUCCEEDED']);
    expect(printed).toContain('3,376 records read, 3,376 inserted, 0 rejected');
    expect(printed).toContain('200,000 records read, 200,000 inserted, 0 rejected');
    expect(printed).toContain('"name":"Thigpen"');
  });

  test('prints no colour when nobody looks', () => {
    expect(printed).not.toContain('\u001b');
  });

  test('leaves nothing behind', () => {
    // What Node compiled is kept for the next start, by Node.
    expect(readdirSync(scratch).filter((name) => name !== 'node-compile-cache')).toEqual([]);
  });
});
