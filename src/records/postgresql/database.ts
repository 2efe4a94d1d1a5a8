import { escapeIdentifier, type Pool, type PoolClient, type QueryConfig } from 'pg';
import { failureOf } from './failure.ts';
import { setUp } from './set-up.ts';

export type Role = 'gateway' | 'worker';

/** An open transaction. */
export interface Transaction {
  /** The schema's name, quoted. */
  readonly schema: string;
  readonly mostSharedRecords: number;
  /** One statement with values, or any number of them without. */
  rows<Row>(text: string, values?: unknown[]): Promise<Row[]>;
}

type Work<Result> = (tx: Transaction) => Promise<Result>;

export interface RecordDatabase {
  /** What is read belongs to one moment. */
  reading<Result>(work: Work<Result>): Promise<Result>;
  /** Durable when it resolves. @param lockTimeoutMs @default 20000 */
  writing<Result>(work: Work<Result>, lockTimeoutMs?: number): Promise<Result>;
}

const statementTimeoutMs: Record<Role, number> = { gateway: 10_000, worker: 60_000 };
/** A worker that was stopped in the middle of a checkpoint must not keep its successor waiting: its lease is over after 15 s. */
const idleTimeoutMs = 10_000;
const lockTimeoutMs = 20_000;
/** The server answers, or says that it was too much, long before. If it does neither, the connection is dead. */
const graceMs = 15_000;
const rollbackTimeoutMs = 5_000;

/**
 * Transactions on a pool. Settings are made for the transaction alone and statements have no name, so that a proxy between us and the server
 * may give every transaction another connection.
 */
export function openDatabase(pool: Pool, schemaName: string, role: Role, mostSharedRecords: number): RecordDatabase {
  const schema = escapeIdentifier(schemaName);
  const answerTimeoutMs = statementTimeoutMs[role] + graceMs;
  const settings = `set local statement_timeout = ${statementTimeoutMs[role]}; set local idle_in_transaction_session_timeout = ${idleTimeoutMs};
    set local jit = off`;
  let ready: Promise<void> | undefined;

  async function transaction<Result>(begin: string, work: Work<Result>): Promise<Result> {
    const client = await pool.connect().catch((error: unknown) => Promise.reject(failureOf(error)));
    const rows = async <Row>(text: string, values?: unknown[]) =>
      (await query(client, { text, ...(values && { values }) }, answerTimeoutMs)) as Row[];
    let sound = true;
    // Losing the connection rejects what is being waited for; between two statements nobody waits.
    const onError = () => {};
    client.on('error', onError);
    try {
      await rows(begin);
      const result = await work({ schema, mostSharedRecords, rows });
      await rows('commit');
      return result;
    } catch (error) {
      sound = await query(client, { text: 'rollback' }, rollbackTimeoutMs).then(
        () => true,
        () => false,
      );
      throw error;
    } finally {
      client.off('error', onError);
      client.release(!sound);
    }
  }

  function prepared(): Promise<void> {
    ready ??= transaction(`begin; ${settings}`, (tx) => setUp(tx, schemaName)).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  }

  return {
    async reading(work) {
      await prepared();
      return transaction(`begin isolation level repeatable read read only; ${settings}`, work);
    },
    async writing(work, lockTimeout = lockTimeoutMs) {
      await prepared();
      return transaction(`begin isolation level read committed; ${settings}; set local lock_timeout = ${lockTimeout}; ${writerSettings}`, work);
    },
  };
}

/** The plan must be a look into the index for each record of a batch whatever the statistics say, and a commit must be durable. */
const writerSettings = `${['hashjoin', 'mergejoin', 'material', 'seqscan', 'bitmapscan'].map((way) => `set local enable_${way} = off;`).join(' ')}
  set local work_mem = '32MB';
  select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') not in ('on', 'remote_apply')`;

async function query(client: PoolClient, config: QueryConfig, timeoutMs: number): Promise<unknown[]> {
  const withTimeout: QueryConfig & { query_timeout: number } = { ...config, query_timeout: timeoutMs };
  try {
    return (await client.query(withTimeout)).rows;
  } catch (error) {
    throw failureOf(error);
  }
}
