import { workerData } from 'node:worker_threads';
import type { Config } from './config.ts';
import { runCheck } from './connector/check.ts';
import type { AnyConnectorContext } from './connector/connector.ts';
import { createDial } from './connector/dialer.ts';
import { SourceFailure } from './connector/failures.ts';
import { secretValuesOf } from './connector/spec.ts';
import { openControlDatabase } from './db/orm.ts';
import { entities } from './entities.ts';
import { createInProcessEvents } from './events/in-process.ts';
import { openKeyRing } from './lib/key-file.ts';
import { createLog } from './lib/log.ts';
import { createRedactor } from './lib/redact.ts';
import { createSqliteRecordStore } from './records/sqlite.ts';
import { connectorOf } from './source/catalog.ts';
import { runSync, type WorkerServices } from './sync-job/run.ts';
import type { Target } from './threads/tasks.ts';
import { serveTasks } from './threads/thread.ts';

/** What the gateway hands to each of its threads. */
export interface WorkerData {
  readonly config: Config;
  readonly recordsDirectory: string;
  /** Tells the events of this gateway from those of others in the process. */
  readonly eventsId: string;
}

const { config, recordsDirectory, eventsId } = workerData as WorkerData;
const log = createLog({ level: config.logLevel, pretty: config.prettyLogs });
const dial = createDial(config.egress);

/** The databases are opened by the first task that needs them: a test of a source needs none. */
let opened: ReturnType<typeof open> | undefined;
async function databases(): ReturnType<typeof open> {
  opened ??= open();
  try {
    return await opened;
  } catch (error) {
    // The next task tries again: what was in the way may be gone by then.
    opened = undefined;
    throw error;
  }
}

async function open(): Promise<{ services: WorkerServices; checkpointWal(): void }> {
  const database = await openControlDatabase({ path: config.databasePath, role: 'worker' }, entities);
  return {
    services: {
      config,
      log,
      dial,
      em: database.orm.em,
      db: database.reader,
      events: createInProcessEvents({ id: eventsId, onError: (err) => log.warn({ err }, 'an event was lost') }),
      records: createSqliteRecordStore({ directory: recordsDirectory, role: 'worker' }),
      encryptionKeys: openKeyRing(config.encryptionKeys),
    },
    checkpointWal: () => void database.native.pragma('wal_checkpoint(PASSIVE)'),
  };
}

/** The connector and its context for a target that is not part of a job. */
function probe({ sourceShortName, ...target }: Target, signal: AbortSignal) {
  const connector = connectorOf(sourceShortName);
  const redact = createRedactor(secretValuesOf(connector, target.authMethod, target.credentials));
  const context: AnyConnectorContext = {
    ...target,
    dial,
    filesRoot: config.filesRoot,
    ownPaths: [config.dataDir, config.databasePath],
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
    await runSync((await databases()).services, syncJobId, signal);
  },
  async discardRecords({ collections }) {
    const { records } = (await databases()).services;
    for (const collection of collections) await records.deleteCollection(collection);
  },
  async checkpointWal() {
    (await databases()).checkpointWal();
  },
});
