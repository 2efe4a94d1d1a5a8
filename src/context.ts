import type { EntityManager } from '@mikro-orm/sqlite';
import type { Config } from './config.ts';
import type { Db } from './db/rows.ts';
import type { Witness } from './db/transaction.ts';
import type { Events } from './events/events.ts';
import type { Actor } from './lib/actor.ts';
import type { KeyRing } from './lib/key-ring.ts';
import type { Log } from './lib/log.ts';
import type { Queue } from './queue/queue.ts';
import type { RateLimits } from './rate-limits/rate-limits.ts';
import type { CollectionKey, RecordStore } from './records/store.ts';
import type { Probes } from './threads/probes.ts';

export const roles = ['VIEWER', 'EDITOR', 'ADMIN'] as const;
export type Role = (typeof roles)[number];

/** What a process has, whoever calls. Built once, in the composition root. */
export interface Services {
  readonly config: Config;
  /** Writes, by `inTransaction`. */
  readonly em: EntityManager;
  /** Reads what is committed; inside a transaction use its own. In operations always name the organization. */
  readonly db: Db;
  readonly events: Events;
  readonly records: RecordStore;
  readonly encryptionKeys: KeyRing;
  readonly log: Log;
}

/** What the gateway has besides: the ways to whom does the work. */
export interface GatewayServices extends Services {
  readonly queue: Queue;
  readonly probes: Probes;
  /** Has a worker remove the records of a deleted collection. A hint: what it misses is removed at the next start. */
  discardRecords(collection: CollectionKey): void;
  /** Left out, nothing is limited. */
  readonly rateLimits?: RateLimits | undefined;
}

/** On whose behalf something is done. */
export interface Caller {
  readonly organizationId: string;
  /** All that the caller sees of its organization; `null` = everything. */
  readonly collectionIds: readonly string[] | null;
  readonly actor: Actor;
  readonly role: Role;
}

/** What every operation gets: fresh for each GraphQL operation and for each event of a subscription, so that nothing in it is stale. */
export interface Ctx extends GatewayServices, Caller {
  /** Of the request or the socket that it came with; what the log calls it. */
  readonly requestId?: string | undefined;
  /** How long the caller has to wait before its mutations are accepted again; nothing or 0 = not at all. */
  readonly waitSeconds?: number | undefined;
  /** Takes part in every transaction of a mutation. */
  readonly witness?: Witness | undefined;
}

export function createContext(services: GatewayServices, caller: Caller, requestId?: string, waitSeconds?: number): Ctx {
  return { ...services, ...caller, requestId, waitSeconds };
}
