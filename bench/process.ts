import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that answers each message with one message. */
export interface Helper<Question, Answer> {
  readonly pid: number;
  ask(question: Question): Promise<Answer>;
  end(): Promise<void>;
}

/** Starts `bench/<module>` in a process of its own. */
export function startHelper<Question extends object, Answer>(module: string, args: readonly string[] = []): Helper<Question, Answer> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let waiting: PromiseWithResolvers<Answer> | undefined;
  child.on('message', (answer) => waiting?.resolve(answer as Answer));
  child.once('exit', () => waiting?.reject(new Error(`${module} ended early`)));
  return {
    pid: child.pid ?? 0,
    ask(question) {
      waiting = Promise.withResolvers();
      child.send(question);
      return waiting.promise;
    },
    end: () => endProcess(child),
  };
}

/** The other side of `startHelper`. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('message', (question) => {
    void answer(question as Question).then((result) => process.send?.(result ?? null));
  });
}

export interface ServerProcess {
  readonly pid: number;
  readonly url: string;
  end(): Promise<void>;
}

/** Starts a program of Node.js and waits until it prints where it listens. */
export async function startServer(args: readonly string[], env: Record<string, string> = {}): Promise<ServerProcess> {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /ready at (http:\/\/[\d.]+:\d+)/.exec(printed)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`${args.join(' ')} ended early:\n${printed}`)));
  });
  return { pid: child.pid ?? 0, url, end: () => endProcess(child) };
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const hung = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(hung);
}
