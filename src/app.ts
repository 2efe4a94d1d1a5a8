import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLError } from 'graphql';
import { openAuthentication } from './auth/authentication.ts';
import { findDeletedCollections } from './collection/deleted.ts';
import { readPersistedOperations } from './config/persisted-operations.ts';
import type { Config } from './config.ts';
import { startDeletions } from './connection-lifecycle/deletions.ts';
import { startScheduler } from './connection-lifecycle/scheduler.ts';
import { createContext, type GatewayServices } from './context.ts';
import { isShortOfSpace } from './db/disk-space.ts';
import { DomainError, ForbiddenError, isDiskFull, StorageError, UnauthorizedError, ValidationError } from './errors.ts';
import { createEventContexts } from './event-contexts.ts';
import { graphiqlPage } from './graphiql-tabs.ts';
import type { OperationRequest, Session } from './http/options.ts';
import { createHttp } from './http.ts';
import type { Log } from './lib/log.ts';
import { openProcess } from './process.ts';
import { createInMemoryRateLimits } from './rate-limits/in-memory.ts';
import type { CollectionKey } from './records/store.ts';
import { startRetention } from './retention/tick.ts';
import { schema } from './schema.ts';
import { takeOverLostJobs } from './sync-job/supervise.ts';
import { startWork } from './sync-job/work.ts';
import { createSmallPool, createSyncPool } from './thread-pools.ts';
import { createProbes } from './threads/probes.ts';
import { startDeliveries } from './webhook/dispatch.ts';
import { releaseLanes } from './webhook/lane.ts';

/** Tests and discoveries at once. They mostly wait for sources, and some of these hang until their time is up. */
const probeThreads = 4;
const warmAfterMs = 500;
const walCheckpointMs = 30_000;
const stopGraceMs = 10_000;
/** When it leaves, tests and discoveries under way get this long before they are told to stop; with the grace of their threads less than the 15 s that are promised. */
const probeGraceMs = 5_000;

export interface App {
  /** For example `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly services: GatewayServices;
  /** Finishes requests, releases jobs at their last checkpoint, leaves within 15 s. */
  stop(): Promise<void>;
  /** Whether a thread is left that cannot be ended, for which `process.exit` would wait without end. */
  hasHungThread(): boolean;
}

/** The composition root: from a configuration to a running gateway. The only place that picks a mode. */
export async function startApp(config: Config, log: Log): Promise<App> {
  const process = await openProcess(config, log);
  const { alone, database } = process;
  // House-keeping has a thread of its own, so that no hanging source holds it up.
  const housePool = createSmallPool(process, 1);
  const probePool = createSmallPool(process, probeThreads);
  const webhookPool = createSmallPool(process, 1);
  // Beside workers of their own the gateways run no jobs.
  const syncPool = alone ? createSyncPool(process) : undefined;

  const discard = (collections: readonly CollectionKey[]) => {
    housePool
      .run('discardRecords', { collections })
      .catch((err: unknown) => log.error({ err }, 'the records of a deleted collection could not be removed yet'));
  };
  const pruning = new AbortController();
  const rateLimits = createInMemoryRateLimits(config.http.rateLimits);
  const services: GatewayServices = {
    ...process.services,
    queue: process.queue,
    probes: createProbes(probePool),
    discardRecords: (collection) => discard([collection]),
    rateLimits,
  };
  const { authenticate, hosts, close: closeAuthentication } = await openAuthentication(services);
  if (alone) {
    // Nobody of the former process can be alive.
    await takeOverLostJobs(services);
    await releaseLanes(services);
  }
  const work = syncPool && startWork(services, services.queue, syncPool, { alone });

  const newContext = async ({ caller }: Session, request?: OperationRequest, waitSeconds?: number) =>
    createContext(services, caller, request?.requestId, waitSeconds);
  const http = createHttp({
    schema,
    authenticate,
    createContext: newContext,
    createEventContext: createEventContexts({ authenticate, createContext: newContext }),
    log,
    maskError: toGraphqlError,
    health: { ready: async () => database.orm.isConnected(), ...(alone ? { degraded: () => isShortOfSpace(config.dataDir) } : {}) },
    ...config.http,
    rateLimits,
    persistedOperations: config.persistedOperations ? readPersistedOperations(config.persistedOperations) : undefined,
    graphiql: config.http.graphiql ? graphiqlPage(config.auth !== 'local') : undefined,
    sockets: { perPrincipal: config.http.socketsPerPrincipal },
    ...(hosts ? { hosts } : {}),
  });
  const { url } = await http.listen(config.port, config.host);
  void work?.tick();
  // Whoever asks first is answered first: threads that start would take the machine from that.
  const warmTimer = setTimeout(() => {
    syncPool?.warm();
    probePool.warm();
  }, warmAfterMs);
  const deleted = await findDeletedCollections(services);
  if (deleted.length > 0) discard(deleted);
  const stopDeletions = startDeletions(services);
  const stopDeliveries = startDeliveries(services, webhookPool);
  const scheduler = startScheduler(services);
  void scheduler.tick();
  const stopRetention = startRetention(services, () => housePool.run('prune', undefined, { signal: pruning.signal }));
  const checkpointWal = () => {
    housePool.run('checkpointWal', undefined).catch((err: unknown) => log.warn({ err }, 'the write-ahead log could not be checkpointed'));
  };
  const walTimer = alone ? setInterval(checkpointWal, walCheckpointMs) : undefined;

  const pools = [...(syncPool ? [syncPool] : []), probePool, housePool, webhookPool];

  return {
    url,
    services,
    async stop() {
      clearTimeout(warmTimer);
      clearInterval(walTimer);
      pruning.abort('shutdown');
      // First of all: whoever sends requests here has to hear that this one leaves.
      const answered = http.close(stopGraceMs);
      await Promise.all([work?.stop(), stopDeletions(), stopDeliveries(), scheduler.stop(), stopRetention()]);
      // A request that is being answered may wait for a test of a source.
      const tested = Promise.race([answered, sleep(probeGraceMs, undefined, { ref: false })]).then(() => probePool.close('shutdown'));
      const others = pools.filter((pool) => pool !== probePool);
      await Promise.all([answered, tested, ...others.map((pool) => pool.close('shutdown'))]);
      await closeAuthentication();
      await process.close();
    },
    hasHungThread: () => pools.some((pool) => pool.hung() > 0),
  };
}

/** Expected errors outside a result union: of queries and subscriptions. */
function toGraphqlError(error: unknown): GraphQLError | undefined {
  if (isDiskFull(error)) return toGraphqlError(new StorageError('There is no room left to write. Nothing was changed; reading still works.'));
  if (!(error instanceof DomainError)) return undefined;
  return new GraphQLError(error.message, {
    extensions: { code: error.code, ...(error instanceof ValidationError ? { issues: error.issues } : {}), ...httpOf(error) },
  });
}

/** For refusals of the whole request. The challenge is not that of Basic, or a browser would ask its user for a name and a password. */
function httpOf(error: DomainError): { http?: object } {
  if (error instanceof UnauthorizedError) return { http: { status: 401, headers: { 'www-authenticate': 'Bearer realm="Headgate"' } } };
  return error instanceof ForbiddenError ? { http: { status: 403 } } : {};
}
