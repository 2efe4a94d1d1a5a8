import type { Ctx, GatewayServices } from '../context.ts';
import { findSyncJob } from './read.ts';
import { isTerminal } from './status.ts';
import type { SyncJob } from './sync-job.entity.ts';
import { progressTopic } from './transition.ts';

/** Each job is read and told at most this often, however many watch it. */
const intervalMs = 250;

interface Watched {
  job: SyncJob;
  readonly listeners: Set<(job: SyncJob) => void>;
  stop(): void;
}

const boards = new WeakMap<object, Map<string, Watched>>();

/**
 * Follows jobs while they run: each at once, then whenever its counters moved, and always the last; ends when all are terminal.
 * A subscriber that reads slowly skips versions in between and costs nothing.
 */
export function followProgress(
  { forEveryOrganization: services }: Pick<Ctx, 'forEveryOrganization'>,
  jobs: readonly SyncJob[],
): AsyncIterableIterator<SyncJob> {
  const latest = new Map(jobs.map((job) => [job.id, job]));
  const told = new Map<string, number>();
  const unregister: (() => void)[] = [];
  let waiting: PromiseWithResolvers<IteratorResult<SyncJob, undefined>> | undefined;
  let ended = false;

  const take = (): IteratorResult<SyncJob, undefined> | undefined => {
    if (ended) return { done: true, value: undefined };
    for (const job of latest.values()) {
      if (job.version <= (told.get(job.id) ?? 0)) continue;
      told.set(job.id, job.version);
      return { done: false, value: job };
    }
    if (![...latest.values()].every(({ status }) => isTerminal(status))) return undefined;
    end();
    return { done: true, value: undefined };
  };
  const wake = () => {
    const pending = waiting;
    const result = pending && take();
    if (!pending || !result) return;
    waiting = undefined;
    pending.resolve(result);
  };
  const end = () => {
    if (ended) return;
    ended = true;
    for (const stop of unregister) stop();
    wake();
  };
  for (const job of jobs) {
    const heard = (newer: SyncJob) => {
      if (newer.version <= (latest.get(newer.id)?.version ?? 0)) return;
      latest.set(newer.id, newer);
      wake();
    };
    unregister.push(watch(services, job, heard));
  }

  return {
    next() {
      const result = take();
      if (result) return Promise.resolve(result);
      waiting = Promise.withResolvers();
      return waiting.promise;
    },
    return() {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function watch(services: GatewayServices, job: SyncJob, listener: (job: SyncJob) => void): () => void {
  const board = boards.get(services.events) ?? new Map<string, Watched>();
  boards.set(services.events, board);
  const watched = board.get(job.id) ?? startWatching(services, job, board);
  watched.listeners.add(listener);
  // Another subscriber may have seen a newer version already.
  queueMicrotask(() => listener(watched.job));
  return () => {
    if (watched.listeners.delete(listener) && watched.listeners.size === 0) watched.stop();
  };
}

function startWatching(services: GatewayServices, job: SyncJob, board: Map<string, Watched>): Watched {
  const { db } = services;
  let readAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const read = async () => {
    timer = undefined;
    readAt = performance.now();
    const newer = await findSyncJob(db, job.id);
    if (!newer || newer.version <= watched.job.version) return;
    watched.job = newer;
    for (const listener of watched.listeners) listener(newer);
  };
  const soon = () => {
    if (stopped) return;
    timer ??= setTimeout(
      () =>
        void read().catch((error: unknown) => {
          services.log.warn({ err: error }, 'progress could not be read');
          // It may have been the last change of the job: nobody would wake us again.
          soon();
        }),
      Math.max(0, readAt + intervalMs - performance.now()),
    );
  };
  const unwatch = services.events.watch([progressTopic(job.id)], soon);
  const watched: Watched = {
    job,
    listeners: new Set(),
    stop() {
      stopped = true;
      unwatch();
      clearTimeout(timer);
      board.delete(job.id);
    },
  };
  board.set(job.id, watched);
  // What changed between the caller's read and this registration.
  soon();
  return watched;
}
