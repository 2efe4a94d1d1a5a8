import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchCaptures } from './captured.ts';
import { runFolderVariable } from './run-folder.ts';

/*
 * The first and the last step of every run of tests, of one file or of all: when the tests are over, everything that was captured is searched for
 * every secret that they planted, and one that is found makes the run fail.
 */

export default function start(): () => void {
  const run = mkdtempSync(join(tmpdir(), 'headgate-run-'));
  process.env[runFolderVariable] = run;
  return () => {
    const began = performance.now();
    const total = { secrets: 0, captures: 0, bytes: 0 };
    const found: string[] = [];
    for (const file of readdirSync(run)) {
      const { secrets, captures, bytes, findings } = searchCaptures(join(run, file));
      total.secrets += secrets;
      total.captures += captures;
      total.bytes += bytes;
      found.push(...findings.map((finding) => `${file.replaceAll('--', '/')}\n    ${finding}`));
    }
    const size = `${total.secrets} secrets in ${total.captures} captures (${Math.round(total.bytes / 1e6)} MB, ${Math.round(performance.now() - began)} ms)`;
    if (found.length === 0) {
      process.stdout.write(`Looked for ${size}: none was shown.\n`);
      rmSync(run, { recursive: true });
      return;
    }
    process.exitCode = 1;
    process.stderr.write(`\nSecrets were shown; looked for ${size}, which are in ${run}:\n\n${found.map((each) => `  ${each}\n`).join('\n')}\n`);
  };
}
