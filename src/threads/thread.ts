import { parentPort } from 'node:worker_threads';
import type { FromThread, ToThread } from './pool.ts';
import type { TaskName, Tasks } from './tasks.ts';

export type Handlers = { [Name in TaskName]: (input: Tasks[Name]['input'], signal: AbortSignal) => Promise<Tasks[Name]['output']> };

/** Runs in a worker thread: takes tasks from the pool, one at a time. `signal.reason` says why a task has to stop. */
export function serveTasks(handlers: Handlers): void {
  const port = parentPort;
  if (!port) throw new Error('serveTasks runs in a worker thread only');
  let controller = new AbortController();
  const answer = (message: FromThread) => port.postMessage(message);
  port.on('message', (message: ToThread) => {
    if (message.type === 'stop') {
      controller.abort(message.reason);
      return;
    }
    controller = new AbortController();
    const handler = handlers[message.name] as (input: unknown, signal: AbortSignal) => Promise<unknown>;
    handler(message.input, controller.signal).then(
      (output) => answer({ type: 'done', output }),
      (error: unknown) => answer({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
