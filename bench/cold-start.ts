import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, median } from './measure.ts';
import { startServer } from './process.ts';

const bareServer = `const server = require('node:http').createServer((request, response) => response.end('{"data":{"__typename":"Query"}}'));
server.listen(0, '127.0.0.1', () => console.log('ready at http://127.0.0.1:' + server.address().port));`;

/** From spawning the process to its first answer, on a new data folder and on one that is there already. */
export const run: Bench = async ({ quick }) => {
  const rounds = quick ? 3 : 15;
  const times: Record<'first' | 'again' | 'bare' | 'nothing', number[]> = { first: [], again: [], bare: [], nothing: [] };
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
    const env = { PORT: '0', HEADGATE_DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
    try {
      times.first.push(await toFirstAnswer(['src/main.ts', 'serve'], env));
      times.again.push(await toFirstAnswer(['src/main.ts', 'serve'], env));
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
    times.bare.push(await toFirstAnswer(['-e', bareServer], {}));
    const startedAt = performance.now();
    await once(spawn(process.execPath, ['-e', '0']), 'exit');
    times.nothing.push(performance.now() - startedAt);
  }
  return [
    { what: 'start to first answer, against node:http', unit: 'ms', ours: median(times.again), bare: median(times.bare), aim: 'at most 700 ms' },
    { what: 'the same on a new data folder', unit: 'ms', ours: median(times.first), bare: median(times.bare) },
    { what: 'start to first answer, against node -e 0', unit: 'ms', ours: median(times.again), bare: median(times.nothing) },
  ];
};

async function toFirstAnswer(args: readonly string[], env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const server = await startServer(args, env);
  try {
    const body = JSON.stringify({ query: '{ sources { nodes { shortName } } }' });
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    await response.text();
    return performance.now() - startedAt;
  } finally {
    await server.end();
  }
}
