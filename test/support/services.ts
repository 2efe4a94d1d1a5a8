import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { readConfig } from '../../src/config.ts';
import { createDial } from '../../src/connector/dialer.ts';
import { type Caller, type Ctx, createContext, type GatewayServices } from '../../src/context.ts';
import type { Db } from '../../src/db/rows.ts';
import { accessForEveryOrganization } from '../../src/db/scope.ts';
import { openSqlite, type SqliteControlDatabase } from '../../src/db/sqlite.ts';
import { entities } from '../../src/entities.ts';
import { createInProcessEvents } from '../../src/events/in-process.ts';
import { localActor } from '../../src/lib/actor.ts';
import { openKeyRing, readOrCreateKeyFile } from '../../src/lib/key-file.ts';
import { createLog } from '../../src/lib/log.ts';
import { ensureLocalOrganization } from '../../src/organization/local.ts';
import { createInProcessQueue } from '../../src/queue/in-process.ts';
import { createSqliteRecordStore } from '../../src/records/sqlite.ts';
import type { WorkerServices } from '../../src/sync-job/run.ts';
import { createPool } from '../../src/threads/pool.ts';
import { createProbes } from '../../src/threads/probes.ts';
import type { WorkerData } from '../../src/worker.ts';
import { capture, searchFolder } from './canaries/run-folder.ts';
import { plantKeysOf } from './canary.ts';
import { recordingTo, type Statement } from './statements.ts';

export interface OpenServices {
  readonly gateway: GatewayServices;
  readonly worker: WorkerServices;
  /** The local administrator's. */
  readonly ctx: Ctx;
  /** A fresh context, as each operation gets one; what it reads is written down in `statements`. */
  context(caller?: Partial<Caller>): Ctx;
  readonly statements: Statement[];
  readonly control: SqliteControlDatabase;
  readonly workerData: WorkerData;
  readonly dataDir: string;
  /** Removes the folder, unless it was given. */
  close(): Promise<void>;
}

export interface ServicesOptions {
  /** The folder of a gateway that has been stopped: for what cannot be seen from outside. */
  readonly dataDir?: string;
  readonly env?: Record<string, string>;
}

/** What a gateway and a worker have, in this process, on real databases in a folder of their own, with nobody who takes jobs up by himself. */
export async function openServices({ dataDir: given, env = {} }: ServicesOptions = {}): Promise<OpenServices> {
  const dataDir = given ?? mkdtempSync(join(tmpdir(), 'headgate-services-'));
  const config = readConfig({ HEADGATE_DATA_DIR: dataDir, LOG_LEVEL: 'debug', ...env }, process.cwd());
  readOrCreateKeyFile(join(dataDir, 'encryption.keys'));
  plantKeysOf(dataDir);
  const encryptionKeys = openKeyRing(config.encryptionKeys);
  const path = join(dataDir, 'headgate.db');
  const control = await openSqlite({ path, role: 'gateway' }, entities);
  await control.migrate();
  const workerDatabase = await openSqlite({ path, role: 'worker' }, entities);
  const recordsDirectory = join(dataDir, 'records');
  const workerData: WorkerData = { config, eventsId: randomUUID(), purpose: 'probe' };
  const events = createInProcessEvents({ id: workerData.eventsId });
  const log = createLog({ level: config.logLevel, pretty: false, destination: { write: (line: string) => capture('log', line) } });
  const module = new URL('../../src/worker.ts', import.meta.url);
  const probePool = createPool({ module, size: 1, workerData, graceMs: 1000, onThreadError: () => {} });
  const shared = { config, events, encryptionKeys, log };
  const gateway: GatewayServices = {
    ...shared,
    ...accessForEveryOrganization(control),
    records: createSqliteRecordStore({ directory: recordsDirectory, role: 'gateway' }),
    queue: createInProcessQueue(),
    probes: createProbes(probePool),
    discardRecords: () => {},
  };
  const worker: WorkerServices = {
    ...shared,
    ...accessForEveryOrganization(workerDatabase),
    records: createSqliteRecordStore({ directory: recordsDirectory, role: 'worker' }),
    dial: createDial(config.egress),
  };
  const administrator: Caller = { organizationId: await ensureLocalOrganization(gateway), collectionIds: null, actor: localActor, role: 'ADMIN' };
  const statements: Statement[] = [];
  return {
    gateway,
    worker,
    ctx: createContext(gateway, administrator),
    context(caller = {}) {
      const ctx = createContext(gateway, { ...administrator, ...caller });
      // Behind the filter, so that what is written down is what runs.
      return { ...ctx, db: (ctx.db as Kysely<unknown>).withPlugin(recordingTo(statements)) as Db };
    },
    statements,
    control,
    workerData,
    dataDir,
    async close() {
      await probePool.close('shutdown');
      await events.close();
      await gateway.records.close();
      await worker.records.close();
      await control.close();
      await workerDatabase.close();
      searchFolder(dataDir);
      if (!given) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
