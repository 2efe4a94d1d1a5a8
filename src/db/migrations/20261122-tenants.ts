import { Migration } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { schemaOf } from './columns.ts';

/** Who may come in, what they may see, and what they did. */
export class Migration20261122Tenants extends Migration {
  override async up(): Promise<void> {
    const { db, types, isSqlite } = schemaOf(this);
    const { schema } = db;
    const organization = 'organization.id';

    await schema.createIndex('organization_name').on('organization').column('name').unique().execute();

    // Every row says itself whose it is and in which collection, so that one filter fits all tables. '' is nobody's.
    for (const table of ['configured_stream', 'sync_job_log']) {
      await schema
        .alterTable(table)
        .addColumn('organization_id', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
    }
    await schema
      .alterTable('sync_job_log')
      .addColumn('collection_id', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    for (const table of ['credential', 'connection_test']) await schema.alterTable(table).addColumn('collection_id', 'text').execute();

    // Sums are made of the index alone, now that every statement names the organization.
    await schema.dropIndex('configured_stream_by_collection').execute();
    await schema
      .createIndex('configured_stream_by_collection')
      .on('configured_stream')
      .columns(['collection_id', 'organization_id', 'record_count'])
      .execute();

    const connection = (column: string, key: string) => sql`(select ${sql.ref(column)} from source_connection where ${sql.raw(key)})`;
    const job = (column: string) => sql`(select ${sql.ref(column)} from sync_job where sync_job.id = sync_job_log.sync_job_id)`;
    await db
      .updateTable('configured_stream')
      .set({ organization_id: connection('organization_id', 'source_connection.id = configured_stream.source_connection_id') })
      .execute();
    await db
      .updateTable('sync_job_log')
      .set({ organization_id: job('organization_id'), collection_id: job('collection_id') })
      .execute();
    await db
      .updateTable('credential')
      .set({ collection_id: connection('collection_id', 'source_connection.credential_id = credential.id') })
      .execute();
    await db
      .updateTable('connection_test')
      .set({ collection_id: connection('collection_id', 'source_connection.id = connection_test.source_connection_id') })
      .execute();

    await schema
      .createTable('api_key')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('email', 'text')
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('collection_ids', types.json)
      .addColumn('hmac', 'text', (column) => column.notNull())
      .addColumn('sealed_pepper', 'text', (column) => column.notNull())
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .addColumn('created_by', types.json, (column) => column.notNull())
      .addColumn('expires_at', types.timestamp)
      .addColumn('last_used_at', types.timestamp)
      .addColumn('revoked_at', types.timestamp)
      .execute();
    await schema.createIndex('api_key_page').on('api_key').columns(['organization_id', 'id']).execute();

    await schema
      .createTable('audit_entry')
      .addColumn('cursor', types.cursor, (column) => (isSqlite ? column.primaryKey().autoIncrement() : column.primaryKey()))
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('at', types.timestamp, (column) => column.notNull())
      .addColumn('actor', types.json, (column) => column.notNull())
      .addColumn('operation', 'text', (column) => column.notNull())
      .addColumn('object_id', 'text')
      .addColumn('outcome', 'text', (column) => column.notNull())
      .execute();
    await schema.createIndex('audit_entry_page').on('audit_entry').columns(['organization_id', 'cursor']).execute();
  }
}
