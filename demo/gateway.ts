import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface DemoGateway {
  /** For example `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  /** Ends the process and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

/** A leaving gateway is given as long as it promises to need. */
const stopWithinMs = 15_000;

/** Starts a gateway as its own process on a free port and a throw-away folder, whatever the environment says about another one. */
export async function startGateway(filesRoot: string): Promise<DemoGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-demo-'));
  const settings = { PORT: '0', HOST: '127.0.0.1', HEADGATE_DATA_DIR: folder, HEADGATE_FILES_ROOT: filesRoot, LOG_LEVEL: 'error' };
  const unset = { DATABASE_URL: '', DATABASE_URL_FILE: '', HEADGATE_ENCRYPTION_KEYS: '', HEADGATE_ENCRYPTION_KEYS_FILE: '', HEADGATE_AUTH: '' };
  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts'), 'serve'], {
    env: { ...process.env, ...unset, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await exited;
    clearTimeout(force);
    rmSync(folder, { recursive: true, force: true });
  };

  for await (const line of createInterface(child.stdout)) {
    const url = /ready at (\S+)/.exec(line)?.[1];
    if (url) return { url, stop };
  }
  await stop();
  throw new Error('The gateway did not start.');
}
