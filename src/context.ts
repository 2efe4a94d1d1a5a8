import type { Config } from './config.ts';
import { type Access, accessFor, type TenantScope } from './db/scope.ts';
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

/** What a process has, whoever calls. Built once, in the composition root, which says openly that this is the way in for every organization. */
export interface Services extends Access {
  readonly config: Config;
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
export interface Caller extends TenantScope {
  readonly actor: Actor;
  readonly role: Role;
}

/** What every operation gets: fresh for each GraphQL operation and for each event of a subscription, so that nothing in it is stale. */
export interface Ctx extends GatewayServices, Caller {
  /** Of the request or the socket that it came with; what the log calls it. */
  readonly requestId?: string | undefined;
  /** How long the caller has to wait before its mutations are accepted again; nothing or 0 = not at all. */
  readonly waitSeconds?: number | undefined;
  /** What the context was made from, for feeds that all subscribers share: they read for every organization and filter what they hand to each. */
  readonly forEveryOrganization: GatewayServices;
  /** Takes part in every transaction of a mutation. */
  readonly witness?: Witness | undefined;
}

export function createContext(services: GatewayServices, caller: Caller, requestId?: string, waitSeconds?: number): Ctx {
  return { ...services, ...caller, ...accessFor(services, caller), forEveryOrganization: services, requestId, waitSeconds };
}
