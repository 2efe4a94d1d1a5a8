import type { Process } from './process.ts';
import { createPool, type Pool } from './threads/pool.ts';
import type { WorkerData } from './worker.ts';

/** A task that was told to stop gets this long before its thread is ended: 10 s are promised. */
const graceMs = 8_000;
/** Half of what V8 takes by itself: batches of records outlive it either way, and with less of it they cost the same time. */
const syncYoungGenerationMb = 48;

type PoolOf = Pick<Process, 'services' | 'eventsId'>;

/** Threads for sync jobs, as many as jobs may run at once. */
export function createSyncPool(process: PoolOf): Pool {
  return createPool({
    ...common(process, 'sync'),
    size: process.services.config.workerConcurrency,
    youngGenerationMb: syncYoungGenerationMb,
  });
}

/** Threads for everything else that the gateway's own thread must not do. */
export function createSmallPool(process: PoolOf, size: number): Pool {
  return createPool({ ...common(process, 'probe'), size });
}

function common({ services: { config, log }, eventsId }: PoolOf, purpose: WorkerData['purpose']) {
  return {
    module: new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url),
    workerData: { config, eventsId, purpose } satisfies WorkerData,
    graceMs,
    onThreadError: (err: Error) => log.error({ err }, 'a worker thread crashed'),
  };
}
