import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { StopReason, TaskName, Tasks } from './tasks.ts';

export interface PoolOptions {
  /** The module that a thread runs: it calls `serveTasks`. */
  readonly module: URL;
  /** Threads at most. */
  readonly size: number;
  readonly workerData: unknown;
  /** Megabytes of a thread's heap for what was just made. @default V8's own, about 100 */
  readonly youngGenerationMb?: number;
  /** How long a task may take to stop after it was told to, before its thread is ended. Its neighbours have threads of their own. */
  readonly graceMs: number;
  onThreadError(error: Error): void;
}

export interface RunOptions {
  /** Its reason is passed on to the task. */
  readonly signal?: AbortSignal;
  /** Called when a thread takes the task: what it may take is counted from here, not from when it began to wait. */
  onStart?(): void;
}

/** The thread ended under a task, hung or crashed, or none took it up in time. */
export class ThreadLostError extends Error {
  constructor() {
    super('the worker thread ended before its task did');
    this.name = 'ThreadLostError';
  }
}

export interface Pool {
  /** Waits for a free thread, or until the signal aborts. @throws ThreadLostError, or what the task threw */
  run<Name extends TaskName>(name: Name, input: Tasks[Name]['input'], options?: RunOptions): Promise<Tasks[Name]['output']>;
  /** Starts one thread ahead of need. */
  warm(): void;
  /** Tells all tasks to stop, ends the threads when they have, or after `graceMs`. */
  close(reason: StopReason): Promise<void>;
  /** Threads that were ended and are still there: they are in a call of native code that does not return, which nothing but the end of the process ends. */
  hung(): number;
}

interface Job {
  readonly name: TaskName;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
  readonly onStart: (() => void) | undefined;
  resolve(output: unknown): void;
  reject(error: Error): void;
}

export type ToThread =
  | { readonly type: 'run'; readonly name: TaskName; readonly input: unknown }
  | { readonly type: 'stop'; readonly reason: StopReason };
export type FromThread = { readonly type: 'done'; readonly output: unknown } | { readonly type: 'failed'; readonly message: string };

/** A few warm worker threads with one task at a time each. */
export function createPool(options: PoolOptions): Pool {
  const idle: Thread[] = [];
  const waiting: Job[] = [];
  const threads = new Set<Thread>();
  let closing = false;
  let hung = 0;

  const spawn = (): Thread => {
    const thread = startThread(options, {
      onFree: () => {
        idle.push(thread);
        assign();
      },
      onHung: () => {
        hung++;
        options.onThreadError(new Error('a thread does not end: it is in a call of native code; another takes its place, it goes with the process'));
      },
      onBack: () => void hung--,
      onExit: () => {
        threads.delete(thread);
        if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
        assign();
      },
    });
    threads.add(thread);
    return thread;
  };
  const assign = () => {
    if (waiting.length === 0 || closing) return;
    const thread = idle.pop() ?? (threads.size < options.size ? spawn() : undefined);
    const job = thread && waiting.shift();
    if (!job) return;
    thread.take(job);
    job.onStart?.();
  };
  /** Nobody waits any longer for a task that no thread has taken up. */
  const giveUpWaiting = (job: Job) => {
    const place = waiting.indexOf(job);
    if (place < 0) return;
    waiting.splice(place, 1);
    job.reject(new ThreadLostError());
  };

  return {
    run: (name, input, { signal, onStart } = {}) =>
      new Promise((resolve, reject) => {
        if (closing || signal?.aborted) return reject(new ThreadLostError());
        const job: Job = { name, input, signal, onStart, resolve: resolve as (output: unknown) => void, reject };
        waiting.push(job);
        signal?.addEventListener('abort', () => giveUpWaiting(job), { once: true });
        assign();
      }),
    warm: () => {
      if (threads.size === 0 && !closing) idle.push(spawn());
    },
    async close(reason) {
      closing = true;
      for (const job of waiting.splice(0)) job.reject(new ThreadLostError());
      await Promise.all([...threads].map((thread) => thread.end(reason)));
    },
    hung: () => hung,
  };
}

interface Thread {
  take(job: Job): void;
  end(reason: StopReason): Promise<void>;
}

interface ThreadEvents {
  onFree(): void;
  /** It could not be ended. */
  onHung(): void;
  /** It could, after all. */
  onBack(): void;
  /** No task of it comes back any more; called once. */
  onExit(): void;
}

/** A thread that runs our code ends at once; one in native code when it comes back from there, before it runs another line. */
const endsWithinMs = 500;
/** One without a task is not in native code: only a machine that has no time for it keeps it. */
const idleEndsWithinMs = 2_000;

function startThread(
  { module, workerData, youngGenerationMb, graceMs, onThreadError }: PoolOptions,
  { onFree, onHung, onBack, onExit }: ThreadEvents,
): Thread {
  const resourceLimits = youngGenerationMb === undefined ? {} : { maxYoungGenerationSizeMb: youngGenerationMb };
  const worker = new Worker(module, { workerData, env: threadEnvironment(), resourceLimits });
  let current: Job | undefined;
  let settled: (() => void) | undefined;
  let hung: NodeJS.Timeout | undefined;
  let ending = false;
  let isHung = false;
  const lose = () => {
    const job = current;
    settle();
    job?.reject(new ThreadLostError());
    onExit();
  };
  const terminate = async (withinMs: number) => {
    ending = true;
    const ended = worker.terminate().then(() => true);
    if (isHung || (await Promise.race([ended, sleep(withinMs, false, { ref: false })]))) return;
    isHung = true;
    onHung();
    lose();
  };
  const post = (message: ToThread) => worker.postMessage(message);
  const stop = (reason: StopReason) => {
    post({ type: 'stop', reason });
    hung ??= setTimeout(() => void terminate(endsWithinMs), graceMs);
  };
  const onAbort = () => stop(current?.signal?.reason as StopReason);
  const settle = () => {
    clearTimeout(hung);
    hung = undefined;
    current?.signal?.removeEventListener('abort', onAbort);
    current = undefined;
    settled?.();
  };

  worker.on('message', (message: FromThread) => {
    const job = current;
    settle();
    if (message.type === 'done') job?.resolve(message.output);
    else job?.reject(new Error(message.message));
    // An answer may still arrive from a thread that is being ended; it takes no other task.
    if (!ending) onFree();
  });
  worker.on('error', onThreadError);
  worker.on('exit', () => {
    if (isHung) onBack();
    else lose();
  });

  return {
    take(job) {
      current = job;
      job.signal?.addEventListener('abort', onAbort, { once: true });
      post({ type: 'run', name: job.name, input: job.input });
    },
    async end(reason) {
      if (current) {
        const done = new Promise<void>((resolve) => {
          settled = resolve;
        });
        stop(reason);
        await done;
      }
      await terminate(idleEndsWithinMs);
    },
  };
}

/** Hardly anything: the key ring and DATABASE_URL are the gateway's business, and connectors run in threads. */
function threadEnvironment(): NodeJS.ProcessEnv {
  const { TZ } = process.env;
  // A thread does not inherit the cache of compiled code. Without it each one compiles everything again, and holds the compiler of types too.
  const cache = getCompileCacheDir();
  return { ...(TZ ? { TZ } : {}), ...(cache ? { NODE_COMPILE_CACHE: dirname(cache) } : {}) };
}
