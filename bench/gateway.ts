import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Gateway, startGateway } from '../test/support/gateway.ts';
import type { BenchOptions } from './measure.ts';

export interface BenchGateway extends Gateway {
  /** What a caller sends to be let in; over the WebSocket they are the connectionParams. */
  readonly headers: Readonly<Record<string, string>>;
}

/** As it is for everybody, but with no limits on how often one may ask: it is asked as often as it can answer. */
const unlimited = { HEADGATE_RATE_LIMIT_PRINCIPAL: '0', HEADGATE_RATE_LIMIT_ORGANIZATION: '0', HEADGATE_RATE_LIMIT_ADDRESS: '0' };
const ownNetwork = {
  HEADGATE_EGRESS: 'private',
  HEADGATE_FILES_ROOT: '.',
  HEADGATE_RATE_LIMIT_SOURCE_TESTS: '0',
  HEADGATE_SOCKETS_PER_PRINCIPAL: '20000',
};

/** With `keys`, every request and every socket is authenticated by an API key. */
export async function startBenchGateway({ keys }: Pick<BenchOptions, 'keys'>, env: Record<string, string> = {}): Promise<BenchGateway> {
  const quiet = { LOG_LEVEL: 'warn', ...env };
  if (!keys) return { ...(await startGateway({ env: quiet })), headers: {} };
  const dataDir = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const args = ['src/main.ts', 'keys', 'create', '--organization', 'Bench', '--role', 'ADMIN', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env: { ...process.env, HEADGATE_DATA_DIR: dataDir } });
  const headers = { 'X-API-Key': JSON.parse(stdout).key as string };
  const gateway = await startGateway({ dataDir, env: { HEADGATE_AUTH: 'keys', ...unlimited, ...ownNetwork, ...quiet } });
  return { ...gateway, ...gateway.as({ headers }), headers };
}
