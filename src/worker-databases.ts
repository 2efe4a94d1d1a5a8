import type { Config } from './config.ts';
import type { Dial } from './connector/dial.ts';
import { openControlDatabase } from './db/open.ts';
import { accessForEveryOrganization } from './db/scope.ts';
import { entities } from './entities.ts';
import { createInProcessEvents } from './events/in-process.ts';
import { openKeyRing } from './lib/key-file.ts';
import type { Log } from './lib/log.ts';
import { openRecordStore } from './records/open.ts';
import { type Pruned, prune } from './retention/prune.ts';
import { runSync, type WorkerServices } from './sync-job/run.ts';
import { deliverWebhooks } from './webhook/deliver.ts';

/** What a worker thread does on the databases. */
export interface WorkerDatabases {
  runSync(syncJobId: string, signal: AbortSignal): Promise<void>;
  deliverWebhooks(signal: AbortSignal): Promise<void>;
  prune(signal: AbortSignal): Promise<Pruned>;
}

export interface WorkerEquipment {
  readonly config: Config;
  readonly log: Log;
  readonly dial: Dial;
  readonly eventsId: string;
}

export async function openDatabases({ config, log, dial, eventsId }: WorkerEquipment): Promise<WorkerDatabases> {
  const database = await openControlDatabase(config.database, { role: 'worker', log }, entities);
  const services: WorkerServices = {
    config,
    log,
    dial,
    // A worker does the jobs of all.
    ...accessForEveryOrganization(database),
    events: createInProcessEvents({ id: eventsId, onError: (err) => log.warn({ err }, 'an event was lost') }),
    records: await openRecordStore(config, 'worker'),
    encryptionKeys: openKeyRing(config.encryptionKeys),
  };
  return {
    runSync: (syncJobId, signal) => runSync(services, syncJobId, signal),
    deliverWebhooks: (signal) => deliverWebhooks(services, signal),
    prune: (signal) => prune(services, signal),
  };
}
