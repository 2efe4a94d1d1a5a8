import { type ChildProcess, spawn } from 'node:child_process';

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Each line of standard output. @throws when one is no JSON */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they asked for
  lines(): any[];
}

export interface CliOptions {
  readonly env?: Record<string, string>;
  readonly input?: string;
  /** Called as soon as the process runs. */
  readonly started?: (child: ChildProcess) => void;
}

/** Runs a command in a process of its own, until it ends. */
export async function runCommand(args: readonly string[], { env = {}, input, started }: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  started?.(child);
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    status,
    stdout,
    stderr,
    lines: () =>
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}
