import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/sql';
import type { Events } from '../events/events.ts';
import type { Db } from './rows.ts';
import { type Access, everyOrganization, type Scope, scopedTo } from './scope.ts';
import { withinTime } from './watchdog.ts';
import { createWriter, type Writer } from './writer.ts';

/** What a write gets, held to the scope. Everything in it is in one transaction; no I/O and no other entity manager inside. */
export interface Transaction {
  readonly em: Writer;
  readonly db: Db;
  /** The same transaction without the scope, for the few things that all tenants share. Each use says why. */
  readonly forEveryOrganization: { readonly em: Writer; readonly db: Db };
  /** Told to whoever watches, after the commit and only then. */
  publish(topic: string): void;
  /**
   * What a witness is told of this transaction in the place of SUCCESS: the code of the error that the caller gets although something is kept, or
   * `null` when it is a step beside the operation, or the race was lost and nothing was done.
   */
  report(outcome: string | null): void;
}

/** Is there when something is done, and writes down what. */
export interface Witness {
  /** Called inside the transaction, after its work: what it writes stands or falls with the work. */
  beforeCommit(tx: Transaction, done: { readonly outcome: string; readonly result: unknown }): Promise<void>;
  /** What was written in `beforeCommit` is stored. */
  afterCommit(): void;
}

export interface TransactionScope extends Pick<Access, 'em' | 'engine' | 'scope'> {
  readonly events: Events;
  readonly witness?: Witness | undefined;
}

/** Done again at most so often; who loses that often meets a crowd, and is told so. */
const mostAttempts = 12;

/**
 * Runs `work` in one write transaction, then publishes. Rolls back and publishes nothing when it throws. Transactions come out as if they had been
 * one after the other, which on SQLite they are (BEGIN IMMEDIATE); on PostgreSQL (SERIALIZABLE) one that lost a race is done again, so `work` may
 * run more than once and must leave nothing behind outside of the transaction.
 * @throws TransactionTimeoutError when the work does not end; what it still tries with the transaction fails
 */
export async function inTransaction<Result>(scope: TransactionScope, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const begunBy = new Error('The transaction was begun here.');
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(scope, work, begunBy);
    } catch (error) {
      if (attempt === mostAttempts || !scope.engine.hasLostRace(error)) throw error;
    }
    await sleep(Math.random() * 2 ** Math.min(attempt, 7));
  }
}

async function attemptTransaction<Result>(scope: TransactionScope, work: (tx: Transaction) => Promise<Result>, begunBy: Error): Promise<Result> {
  const topics = new Set<string>();
  let outcome: string | null = 'SUCCESS';
  const { isolationLevel } = scope.engine;
  const inside = async (em: EntityManager) => {
    const tx: Transaction = {
      ...partOf(em, scope.scope),
      get forEveryOrganization() {
        return partOf(em, everyOrganization);
      },
      publish: (topic) => void topics.add(topic),
      report(other) {
        outcome = other;
      },
    };
    return withinTime(async () => {
      const done = await work(tx);
      if (outcome !== null) await scope.witness?.beforeCommit(tx, { outcome, result: done });
      return done;
    }, begunBy);
  };
  const result = await scope.em.fork().transactional(inside, isolationLevel ? { isolationLevel } : {});
  if (outcome !== null) scope.witness?.afterCommit();
  for (const topic of topics) scope.events.publish(topic);
  return result;
}

function partOf(em: EntityManager, scope: Scope): Pick<Transaction, 'em' | 'db'> {
  const db = scopedTo(em.getKysely() as unknown as Db, scope);
  return { em: createWriter(em, db, scope), db };
}
