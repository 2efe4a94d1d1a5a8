import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Caller, createCaller } from './caller.ts';
import { captureProcess } from './canaries/processes.ts';
import { searchFolder } from './canaries/run-folder.ts';
import { plantKeysOf } from './canary.ts';
import { databaseVariables, dropDatabase } from './control-database.ts';

/** A process of ours. */
export interface Process {
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

/** Whoever calls its own `execute`, `query` and `subscribe` sends no headers. */
export interface Gateway extends Caller, Process {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
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
  const started = start('serve', dataDir, { PORT: '0', ...(host ? { HOST: host } : {}), ...(await databaseVariables(dataDir)), ...env });
  const [, url = ''] = await started.printedLine(/Headgate ready at (http:\S+)\/graphql/);
  plantKeysOf(dataDir);
  return { url, ...started, ...createCaller(url) };
}

/** Starts a process that runs sync jobs, on the PostgreSQL that `env` names. */
export async function startSyncWorker(env: Record<string, string>): Promise<Process> {
  const started = start('worker', mkdtempSync(join(tmpdir(), 'headgate-worker-')), env);
  await started.printedLine(/Headgate worker ready/);
  return started;
}

function start(command: string, dataDir: string, env: Record<string, string>) {
  const child = spawn(process.execPath, ['src/main.ts', command], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, HEADGATE_DATA_DIR: dataDir, LOG_LEVEL: 'debug', HEADGATE_RETRY_BASE_MS: '10', ...env },
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
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      captureProcess(child.pid ?? 0);
      child.kill(signal);
    }
    return exited;
  };
  return {
    dataDir,
    pid: child.pid ?? 0,
    output: () => printed,
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
    printedLine: (line: RegExp) => printedLine(child, () => printed, line),
  };
}

async function printedLine(child: ChildProcess, printed: () => string, line: RegExp): Promise<RegExpExecArray> {
  const giveUpAt = Date.now() + readyTimeoutMs;
  for (;;) {
    const found = line.exec(printed());
    if (found) return found;
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      child.kill('SIGKILL');
      throw new Error(`The process did not start:\n${printed()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
