import { type Dialect, PostgresDialect } from 'kysely';
import { type CustomTypesConfig, Pool, types } from 'pg';
import type { Log } from '../lib/log.ts';

export interface PostgresqlOptions {
  readonly url: string;
  /** What the server's list of connections calls it. */
  readonly role: 'gateway' | 'worker';
  readonly log: Pick<Log, 'warn'>;
  /** 0 = any time. @default 30,000 ms */
  readonly statementTimeoutMs?: number;
}

export interface PostgresqlConnections {
  /** Any number of Kysely instances may share it; closing one leaves the others their connections. */
  readonly dialect: Dialect;
  readonly pool: Pool;
}

const connections = { gateway: 10, worker: 2 };
/** A server that does not answer must not hold requests for ever: they fail, and may be tried again. */
const connectTimeoutMs = 5_000;
const usualStatementTimeoutMs = 30_000;
/** A process that was frozen inside a transaction must not keep its locks. */
const idleInTransactionMs = 15_000;

const int8 = 20;
const json = 114;
const jsonb = 3802;

/** A Kysely dialect over a pool of connections. Cursors and counts come as numbers, JSON as the text that it is stored as. */
export function connectPostgresql({ url, role, log, statementTimeoutMs = usualStatementTimeoutMs }: PostgresqlOptions): PostgresqlConnections {
  const pool = new Pool({
    connectionString: url,
    application_name: `headgate ${role}`,
    max: connections[role],
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    types: { getTypeParser: parserOf },
  });
  // An idle connection that the server drops is an event; without a listener it would end the process.
  pool.on('error', (err) => log.warn({ err }, 'a connection to PostgreSQL was lost'));
  pool.on('connect', (client) => client.on('error', () => {}));
  const shared = { connect: () => pool.connect(), end: async () => {}, options: pool.options };
  return { dialect: new PostgresDialect({ pool: shared }), pool };
}

const parserOf: CustomTypesConfig['getTypeParser'] = (oid, format) => {
  if (oid === int8) return Number;
  if (oid === json || oid === jsonb) return (text: string) => text;
  return types.getTypeParser(oid, format);
};
