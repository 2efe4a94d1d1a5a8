import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { createDial } from '../../src/connector/dialer.ts';
import { accessForEveryOrganization } from '../../src/db/scope.ts';
import { openSqlite } from '../../src/db/sqlite.ts';
import { entities } from '../../src/entities.ts';
import { createInProcessEvents } from '../../src/events/in-process.ts';
import { openKeyRing } from '../../src/lib/key-file.ts';
import { createLog } from '../../src/lib/log.ts';
import { createSqliteRecordStore } from '../../src/records/sqlite.ts';
import { claimSyncJob } from '../../src/sync-job/claim.ts';
import { runSync, type WorkerServices } from '../../src/sync-job/run.ts';
import { serveTasks } from '../../src/threads/thread.ts';
import type { WorkerData } from '../../src/worker.ts';

/** A worker thread that hangs in the first attempt of every job, in a loop that nothing but its end can stop, and does the second properly. */
const { config, eventsId } = workerData as WorkerData;
const database = openSqlite({ path: config.database.engine === 'sqlite' ? config.database.path : '', role: 'worker' }, entities);
const records = createSqliteRecordStore({ directory: join(config.dataDir, 'records'), role: 'worker' });
const events = createInProcessEvents({ id: eventsId });
const services = async (): Promise<WorkerServices> => ({
  config,
  events,
  records,
  ...accessForEveryOrganization(await database),
  log: createLog({ level: 'silent', pretty: false }),
  dial: createDial(config.egress),
  encryptionKeys: openKeyRing(config.encryptionKeys),
});

serveTasks({
  check: () => Promise.reject(new Error('this thread runs sync jobs only')),
  discover: () => Promise.reject(new Error('this thread runs sync jobs only')),
  checkpointWal: async () => undefined,
  deliverWebhooks: async () => undefined,
  prune: async () => ({ rows: {}, more: false }),
  discardRecords: async () => undefined,
  async sync({ syncJobId }, signal) {
    const ours = await services();
    const { status } = (await database).native.prepare<[string], { status: string }>('select status from sync_job where id = ?').get(syncJobId) ?? {};
    if (status === 'PENDING') {
      await claimSyncJob(ours, syncJobId);
      for (;;);
    }
    await runSync(ours, syncJobId, signal);
    return undefined;
  },
});
