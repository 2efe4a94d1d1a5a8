import { join } from 'node:path';
import { type KyselyPlugin, type RootOperationNode, SqliteQueryCompiler } from 'kysely';
import { readConfig } from '../../src/config.ts';
import { type Caller, type Ctx, createContext } from '../../src/context.ts';
import { openControlDatabase } from '../../src/db/orm.ts';
import { dbOf } from '../../src/db/rows.ts';
import { entities } from '../../src/entities.ts';
import { createInProcessEvents } from '../../src/events/in-process.ts';
import { localActor } from '../../src/lib/actor.ts';
import { openKeyRing } from '../../src/lib/key-file.ts';
import { createLog } from '../../src/lib/log.ts';
import { createInProcessQueue } from '../../src/queue/in-process.ts';
import { createSqliteRecordStore } from '../../src/records/sqlite.ts';

/** Statements that were read through a context, as text with their parameters. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface OpenedData {
  /** A fresh context, as each operation gets one; what it reads is written down in `statements`. */
  context(caller?: Partial<Caller>): Ctx;
  readonly statements: Statement[];
  /** How SQLite goes about a statement, one line for each step. */
  explain(statement: Statement): string[];
  close(): Promise<void>;
}

/** Opens the data folder of a gateway that has been stopped, in this process: for what cannot be seen from outside. It dials no source. */
export async function openData(dataDir: string): Promise<OpenedData> {
  const config = readConfig({ HEADGATE_DATA_DIR: dataDir }, dataDir);
  const database = await openControlDatabase({ path: config.databasePath, role: 'gateway' }, entities);
  const events = createInProcessEvents({ id: dataDir, onError: () => {} });
  const records = createSqliteRecordStore({ directory: join(dataDir, 'records'), role: 'gateway' });
  const organization = await dbOf(database.orm.em).selectFrom('organization').select('id').executeTakeFirstOrThrow();
  const statements: Statement[] = [];
  const recorder = recording(statements);
  const refuse = async () => {
    throw new Error('no source is dialled here');
  };
  const services = {
    config,
    em: database.orm.em,
    db: database.reader,
    events,
    records,
    encryptionKeys: openKeyRing(config.encryptionKeys),
    log: createLog({ level: 'silent', pretty: false }),
    queue: createInProcessQueue(),
    probes: { check: refuse, discover: refuse },
    discardRecords: refuse,
  };
  return {
    statements,
    context(caller = {}) {
      const context = createContext(services, {
        organizationId: organization['id'] as string,
        collectionIds: null,
        actor: localActor,
        role: 'ADMIN',
        ...caller,
      });
      return { ...context, db: context.db.withPlugin(recorder) };
    },
    explain: ({ sql, parameters }) =>
      (database.native.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[]).map(({ detail }) => detail),
    async close() {
      await events.close();
      await records.close();
      await database.close();
    },
  };
}

function recording(statements: Statement[]): KyselyPlugin {
  const compiler = new SqliteQueryCompiler();
  return {
    transformQuery({ node, queryId }) {
      const { sql, parameters } = compiler.compileQuery(node as RootOperationNode, queryId);
      statements.push({ sql, parameters });
      return node;
    },
    transformResult: async ({ result }) => result,
  };
}
