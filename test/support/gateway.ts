import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

export interface GraphqlResult<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
}

// biome-ignore lint/suspicious/noExplicitAny: tests that have no typed document look at what they asked for
type Anything = any;

/** Text of a query, or a generated document, which is its own text. */
export type Query = string | { toString(): string };

export interface Gateway {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Everything that the process has printed so far, on both streams. */
  output(): string;
  execute<Data = Anything>(query: Query, variables?: Record<string, unknown>): Promise<GraphqlResult<Data>>;
  /** The data of an operation that must not have errors. @throws with the errors */
  query<Data = Anything>(query: Query, variables?: Record<string, unknown>): Promise<Data>;
  /** Over graphql-transport-ws, one socket each. Ends with `return()`. */
  subscribe<Data = Anything>(query: Query, variables?: Record<string, unknown>): AsyncIterableIterator<GraphqlResult<Data>>;
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
  readonly env?: Record<string, string>;
}

const readyTimeoutMs = 30_000;

/** Starts a real gateway in a process of its own, on a free port and, unless told otherwise, an empty data folder. */
export async function startGateway({ dataDir = mkdtempSync(join(tmpdir(), 'headgate-')), env = {} }: GatewayOptions = {}): Promise<Gateway> {
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, PORT: '0', HEADGATE_DATA_DIR: dataDir, LOG_LEVEL: 'debug', ...env },
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
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  const execute: Gateway['execute'] = async (query, variables) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: query.toString(), variables }),
    });
    return (await response.json()) as GraphqlResult<Anything>;
  };

  return {
    url,
    dataDir,
    pid: child.pid ?? 0,
    output: () => printed,
    execute,
    async query(query, variables) {
      const { data, errors } = await execute(query, variables);
      if (errors || !data) throw new Error(`The operation failed: ${JSON.stringify(errors)}`);
      return data;
    },
    subscribe(query, variables) {
      const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
      const results = client.iterate({ query: query.toString(), ...(variables ? { variables } : {}) }) as AsyncIterableIterator<
        GraphqlResult<Anything>
      >;
      const leave = results.return?.bind(results);
      results.return = async (value) => {
        const last = (await leave?.(value)) ?? { done: true as const, value };
        await client.dispose();
        return last;
      };
      return results;
    },
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
    async cleanUp() {
      await end('SIGKILL');
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
