import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { Services } from './context.ts';
import { lockDataFolder } from './db/data-lock.ts';
import type { ControlDatabase } from './db/orm.ts';
import { accessForEveryOrganization } from './db/scope.ts';
import { createInProcessEvents } from './events/in-process.ts';
import { makeDataFolder, openControlData } from './first-start.ts';
import type { Log } from './lib/log.ts';
import { createEventQueue } from './queue/by-events.ts';
import { createInProcessQueue } from './queue/in-process.ts';
import type { Queue } from './queue/queue.ts';
import { openRecordStore } from './records/open.ts';
import { interruptOf } from './sync-job/interrupt.ts';

/** What every process of ours stands on, whether it answers requests or runs jobs. */
export interface Process {
  /** Acts for every organization; a request gets its own in `createContext`. */
  readonly services: Services;
  readonly queue: Queue;
  readonly database: ControlDatabase;
  /** By which its threads know its events. */
  readonly eventsId: string;
  /** Nobody else works on this data: the embedded mode, in which one process does everything. */
  readonly alone: boolean;
  close(): Promise<void>;
}

/** Opens the data where the configuration says that it is. @throws DataFolderInUseError KeyFileError UpgradeError */
export async function openProcess(config: Config, log: Log): Promise<Process> {
  const alone = config.database.engine === 'sqlite';
  if (alone) makeDataFolder(config);
  const lock = alone ? lockDataFolder(join(config.dataDir, 'headgate.lock')) : undefined;
  const { database, encryptionKeys } = await openControlData(config, log);

  const eventsId = randomUUID();
  const onError = (err: unknown) => log.warn({ err }, 'an event was lost');
  const { changed, connect } = database;
  const events = createInProcessEvents({ id: eventsId, ...(changed ? { changed } : {}), onError });
  const bridge = connect && (await import('./events/notify-bridge.ts')).bridgeEvents({ id: eventsId, connect, onError });
  const records = await openRecordStore(config, 'gateway');
  const services: Services = { config, ...accessForEveryOrganization(database), events, records, encryptionKeys, log };
  return {
    services,
    queue: alone ? createInProcessQueue() : createEventQueue({ events, interruptOf: (id) => interruptOf(services, id) }),
    database,
    eventsId,
    alone,
    async close() {
      await events.close();
      await bridge?.close();
      await records.close();
      await database.close();
      lock?.release();
    },
  };
}
