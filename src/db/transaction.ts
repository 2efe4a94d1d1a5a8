import type { EntityManager } from '@mikro-orm/sqlite';
import type { Events } from '../events/events.ts';
import { type Db, dbOf } from './rows.ts';

/** What a write gets. Everything in it is in one transaction; no I/O and no other entity manager inside. */
export interface Transaction {
  readonly em: EntityManager;
  readonly db: Db;
  /** Told to whoever watches, after the commit and only then. */
  publish(topic: string): void;
}

export interface TransactionScope {
  readonly em: EntityManager;
  readonly events: Events;
}

/** Runs `work` in one write transaction (BEGIN IMMEDIATE on SQLite), then publishes. Rolls back and publishes nothing when it throws. */
export async function inTransaction<Result>(scope: TransactionScope, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const topics = new Set<string>();
  const result = await scope.em.fork().transactional((em) => work({ em, db: dbOf(em), publish: (topic) => void topics.add(topic) }));
  for (const topic of topics) scope.events.publish(topic);
  return result;
}
