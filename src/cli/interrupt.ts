import { CommandError } from './command.ts';

/** Aborts with Ctrl-C and SIGTERM; the second time the process ends at once, as usual. */
export function abortOnInterrupt(): AbortController {
  const controller = new AbortController();
  const stop = () => controller.abort(new CommandError('Stopped.'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  return controller;
}

/** Waits for the work, but not after the signal: a connector may be slow to hear of it. */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
