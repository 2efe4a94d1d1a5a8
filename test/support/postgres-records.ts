import { randomBytes } from 'node:crypto';
import type { PoolConfig } from 'pg';
import { createPostgresRecordStore, type PostgresRecordStoreOptions } from '../../src/records/postgresql.ts';
import { plainCanary } from './canary.ts';
import { type PostgresDatabase, startEmbeddedPostgres } from './postgres.ts';
import type { RecordStores } from './record-store-contract.ts';

export interface PostgresRecords extends PostgresDatabase {
  /** As a user who may make schemas in this database, and nothing else. */
  readonly connection: PoolConfig;
  /** An empty store, in a schema of its own. */
  createStores(options?: Pick<PostgresRecordStoreOptions, 'mostSharedRecords'>): Promise<RecordStores & { readonly schema: string }>;
}

/** On a server of its own, which does not sync its disk: a test makes thousands of commits. */
export async function createPostgresRecords(): Promise<PostgresRecords> {
  const server = await startEmbeddedPostgres();
  const created = await server.createDatabase();
  const { database, client } = created;
  const user = `${database}_user`;
  const password = plainCanary('records');
  await client.query(`create role ${user} login password '${password}'; grant create on database ${database} to ${user}`);
  const connection = { host: server.host, port: server.port, user, password, database };
  return {
    ...created,
    connection,
    async createStores(options = {}) {
      const schema = `Records ${randomBytes(4).toString('hex')}`;
      const store = createPostgresRecordStore({ database: connection, schema, role: 'worker', ...options });
      const reader = createPostgresRecordStore({ database: connection, schema, role: 'gateway' });
      const dispose = async () => {
        await reader.close();
        await store.close();
        await client.query(`drop schema if exists "${schema}" cascade`);
      };
      return { schema, store, reader, dispose };
    },
    async drop() {
      await client.query(`drop owned by ${user} cascade; drop role ${user}`);
      await created.drop();
      await server.stop();
    },
  };
}
