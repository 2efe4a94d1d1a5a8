import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import { openProcess } from './process.ts';
import { startWork } from './sync-job/work.ts';
import { createSyncPool } from './thread-pools.ts';

export interface SyncWorker {
  /** Releases its jobs at their last checkpoint: another worker goes on with them. */
  stop(): Promise<void>;
  hasHungThread(): boolean;
}

/** A process that runs sync jobs and answers nobody: as many as you like on one PostgreSQL. @throws as `openProcess` does */
export async function startSyncWorker(config: Config, log: Log): Promise<SyncWorker> {
  const process = await openProcess(config, log);
  const pool = createSyncPool(process);
  const work = startWork(process.services, process.queue, pool, { alone: false });
  pool.warm();
  void work.tick();
  return {
    async stop() {
      await work.stop();
      await pool.close('shutdown');
      await process.close();
    },
    hasHungThread: () => pool.hung() > 0,
  };
}
