import { workerData } from 'node:worker_threads';
import type { Config } from './config.ts';
import { runCheck } from './connector/check.ts';
import type { AnyConnectorContext } from './connector/connector.ts';
import { createDial } from './connector/dialer.ts';
import { SourceFailure } from './connector/failures.ts';
import { secretValuesOf } from './connector/spec.ts';
import { createLog } from './lib/log.ts';
import { createRedactor } from './lib/redact.ts';
import { connectorOf } from './source/catalog.ts';
import { ownPathsOf } from './source/own-paths.ts';
import type { Target } from './threads/tasks.ts';
import { serveTasks } from './threads/thread.ts';
import type { WorkerDatabases } from './worker-databases.ts';

/** What the gateway hands to each of its threads. */
export interface WorkerData {
  readonly config: Config;
  /** What the thread is for: those that run sync jobs open their databases ahead of the first. */
  readonly purpose: 'sync' | 'probe';
  /** Tells the events of this gateway from those of others in the process. */
  readonly eventsId: string;
}

const { config, eventsId, purpose } = workerData as WorkerData;
const log = createLog({ level: config.logLevel, pretty: config.prettyLogs });
const dial = createDial(config.egress);

/** Sync jobs, webhooks and pruning need the databases: the other threads do without the modules that open them, which are half of what a thread weighs. */
let opened: Promise<typeof import('./worker-databases.ts')> | undefined;
let databases: Promise<WorkerDatabases> | undefined;
async function open(): Promise<WorkerDatabases> {
  opened ??= import('./worker-databases.ts');
  const { openDatabases } = await opened;
  databases ??= openDatabases({ config, log, dial, eventsId });
  try {
    return await databases;
  } catch (error) {
    // The next task tries again: what was in the way may be gone by then.
    databases = undefined;
    throw error;
  }
}

/** The connector and its context for a target that is not part of a job. */
function probe({ sourceShortName, ...target }: Target, signal: AbortSignal) {
  const connector = connectorOf(sourceShortName);
  const redact = createRedactor(secretValuesOf(connector, target.authMethod, target.credentials));
  const context: AnyConnectorContext = {
    ...target,
    dial,
    filesRoot: config.filesRoot,
    ownPaths: ownPathsOf(config),
    signal,
    log: (level, message) => log.debug({ source: sourceShortName, level }, redact(message)),
  };
  return { connector, context, redact };
}

serveTasks({
  async check(target, signal) {
    const { connector, context, redact } = probe(target, signal);
    return runCheck(connector, context, redact);
  },
  async discover(target, signal) {
    const { connector, context, redact } = probe(target, signal);
    try {
      return { ok: true, streams: await connector.discover(context) };
    } catch (error) {
      if (error instanceof SourceFailure) return { ok: false, failureType: error.type, message: redact(error.message) };
      log.error(
        { source: connector.shortName, err: redact(error instanceof Error ? (error.stack ?? error.message) : String(error)) },
        'discovery broke',
      );
      return { ok: false, failureType: 'INTERNAL', message: 'Listing the streams broke because of an error on our side.' };
    }
  },
  async sync({ syncJobId }, signal) {
    await (await open()).runSync(syncJobId, signal);
  },
  async deliverWebhooks(_input, signal) {
    await (await open()).deliverWebhooks(signal);
  },
  async discardRecords({ collections }) {
    const { openRecordStore } = await import('./records/open.ts');
    const records = await openRecordStore(config, 'worker');
    try {
      for (const collection of collections) await records.deleteCollection(collection);
    } finally {
      await records.close();
    }
  },
  async checkpointWal() {
    const { checkpointWal } = await import('./db/checkpoint-wal.ts');
    if (config.database.engine === 'sqlite') checkpointWal(config.database.path);
  },
  async prune(_input, signal) {
    return (await open()).prune(signal);
  },
});

// Ready before the first job comes. What fails now fails again, and is told, when a job needs it.
if (purpose === 'sync') open().catch(() => {});
