import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Caller, createCaller } from './caller.ts';
import { captureProcess } from './canaries/processes.ts';
import { searchFolder } from './canaries/run-folder.ts';
import { plantKeysOf } from './canary.ts';
import { databaseVariables, dropDatabase } from './control-database.ts';

/** A process; whoever calls its own `execute`, `query` and `subscribe` sends no headers. */
export interface Gateway extends Caller {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Everything that the process has printed so far, on both streams. */
  output(): string;
  /** SIGTERM; resolves with the exit status. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a power cut does it. The data folder stays. */
  kill(): Promise<void>;
  /** Removes the data folder, after ending the process if it still runs. */
  cleanUp(): Promise<void>;
}

export interface GatewayOptions {
  /** A folder of an earlier gateway, to go on with its data. */
  readonly dataDir?: string;
  /** What it listens on. @default the gateway's own default, 127.0.0.1 */
  readonly host?: string;
  readonly env?: Record<string, string>;
}

const readyTimeoutMs = 30_000;

/** Starts a real gateway in a process of its own, on a free port and, unless told otherwise, an empty data folder. */
export async function startGateway({ dataDir = mkdtempSync(join(tmpdir(), 'headgate-')), host, env = {} }: GatewayOptions = {}): Promise<Gateway> {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: new URL('../..', import.meta.url),
    env: {
      ...process.env,
      PORT: '0',
      HEADGATE_DATA_DIR: dataDir,
      LOG_LEVEL: 'debug',
      HEADGATE_RETRY_BASE_MS: '10',
      ...(await databaseVariables(dataDir)),
      ...(host ? { HOST: host } : {}),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await readyUrl(child, () => printed);
  plantKeysOf(dataDir);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      captureProcess(child.pid ?? 0);
      child.kill(signal);
    }
    return exited;
  };
  return {
    url,
    dataDir,
    pid: child.pid ?? 0,
    output: () => printed,
    ...createCaller(url),
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
    async cleanUp() {
      await end('SIGKILL');
      plantKeysOf(dataDir);
      searchFolder(dataDir);
      await dropDatabase(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function readyUrl(child: ChildProcess, printed: () => string): Promise<string> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  for (;;) {
    const url = /Headgate ready at (http:\S+)\/graphql/.exec(printed())?.[1];
    if (url) return url;
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      child.kill('SIGKILL');
      throw new Error(`The gateway did not start:\n${printed()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
