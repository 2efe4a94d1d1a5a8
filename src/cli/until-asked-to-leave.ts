import type { Log } from '../lib/log.ts';
import { exitStatus } from './command.ts';

interface Running {
  stop(): Promise<void>;
  /** Whether a thread is left that cannot be ended, for which `process.exit` would wait without end. */
  hasHungThread(): boolean;
}

/** Leaves in good order on SIGTERM and Ctrl-C. */
export function untilAskedToLeave(running: Running, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    running.stop().then(
      () => leave(exitStatus.success, running.hasHungThread()),
      (err: unknown) => {
        log.error({ err }, 'could not stop in good order');
        leave(exitStatus.failure, running.hasHungThread());
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** `process.exit` waits for all threads. When one of them cannot be ended, another program takes the place of this one and leaves with its status. */
function leave(status: number, hasHungThread: boolean): never {
  if (hasHungThread && process.execve) process.execve(process.execPath, [process.execPath, '-e', `process.exit(${status})`], {});
  process.exit(status);
}
