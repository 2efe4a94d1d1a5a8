import { Migration } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { schemaOf } from './columns.ts';
import { drawCursorsInOrder, makeLogFunctions } from './log-cursor.ts';

const notDeleted = sql<boolean>`deleted_at is null`;
const activeJob = sql<boolean>`status in ('PENDING', 'RUNNING', 'WAITING', 'CANCELLING')`;

export class Migration20261122Start extends Migration {
  override async up(): Promise<void> {
    const { db, types, isSqlite } = schemaOf(this);
    const { schema } = db;
    const organization = 'organization.id';
    if (!isSqlite) await makeLogFunctions(db);
    /** AUTOINCREMENT: a cursor that was given out is never given out again, not even after pruning. */
    const cursor = (table: string) =>
      schema.createTable(table).addColumn('cursor', types.cursor, (column) => (isSqlite ? column.primaryKey().autoIncrement() : column.primaryKey()));

    await schema
      .createTable('organization')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .execute();

    await schema
      .createTable('collection')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('number', 'integer', (column) => column.notNull().unique())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('readable_id', 'text', (column) => column.notNull())
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .addColumn('deleted_at', types.timestamp)
      .execute();
    await schema
      .createIndex('collection_readable_id')
      .on('collection')
      .columns(['organization_id', 'readable_id'])
      .where(notDeleted)
      .unique()
      .execute();
    await schema.createIndex('collection_page').on('collection').columns(['organization_id', 'id']).where(notDeleted).execute();

    await schema
      .createTable('credential')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('source_short_name', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('auth_method', 'text', (column) => column.notNull())
      .addColumn('public_values', types.json, (column) => column.notNull())
      .addColumn('secret_fields', types.json, (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .addColumn('rotated_at', types.timestamp, (column) => column.notNull())
      .addColumn('expires_at', types.timestamp)
      .execute();

    await schema
      .createTable('source_connection')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('collection_id', 'text', (column) => column.notNull().references('collection.id'))
      .addColumn('source_short_name', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('config', types.json, (column) => column.notNull())
      .addColumn('auth_method', 'text', (column) => column.notNull())
      .addColumn('credential_id', 'text', (column) => column.references('credential.id'))
      .addColumn('metadata', types.json, (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('status_reason', 'text')
      .addColumn('deleted_at', types.timestamp)
      .addColumn('deleting_at', types.timestamp)
      .addColumn('deletes_data', types.boolean, (column) => column.notNull())
      .addColumn('authorization_pending', types.boolean, (column) => column.notNull())
      .addColumn('credentials_refused', types.boolean, (column) => column.notNull())
      .addColumn('paused_at', types.timestamp)
      .addColumn('active_sync_job_id', 'text')
      .addColumn('last_failure', 'text')
      .addColumn('verified', types.boolean, (column) => column.notNull())
      .addColumn('latest_test_id', 'text')
      .addColumn('latest_sync_job_id', 'text')
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .addColumn('updated_at', types.timestamp, (column) => column.notNull())
      .addColumn('created_by', types.json, (column) => column.notNull())
      .addColumn('updated_by', types.json, (column) => column.notNull())
      .execute();
    // One index for each order that a list offers, the organization first, the id last: every page is a range of it.
    for (const [name, columns] of Object.entries({
      source_connection_by_id: ['organization_id', 'id'],
      source_connection_by_name: ['organization_id', 'name', 'id'],
      source_connection_by_updated_at: ['organization_id', 'updated_at', 'id'],
      source_connection_by_status: ['organization_id', 'status', 'id'],
      source_connection_by_collection: ['collection_id', 'id'],
      source_connection_by_source: ['organization_id', 'source_short_name', 'id'],
    })) {
      await schema.createIndex(name).on('source_connection').columns(columns).execute();
    }

    await schema
      .createIndex('source_connection_deleting')
      .on('source_connection')
      .column('deleting_at')
      .where(sql<boolean>`deleting_at is not null and deleted_at is null`)
      .execute();

    await cursor('source_connection_status_change')
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('collection_id', 'text', (column) => column.notNull())
      .addColumn('source_connection_id', 'text', (column) => column.notNull().references('source_connection.id').onDelete('cascade'))
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('status_reason', 'text')
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('at', types.timestamp, (column) => column.notNull())
      .execute();
    for (const scope of ['organization_id', 'collection_id', 'source_connection_id']) {
      await schema.createIndex(`status_change_by_${scope}`).on('source_connection_status_change').columns([scope, 'cursor']).execute();
    }

    await schema
      .createTable('configured_stream')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('source_connection_id', 'text', (column) => column.notNull().references('source_connection.id').onDelete('cascade'))
      .addColumn('collection_id', 'text', (column) => column.notNull().references('collection.id'))
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('namespace', 'text')
      .addColumn('sync_mode', 'text', (column) => column.notNull())
      .addColumn('cursor_field', types.json)
      .addColumn('primary_key', types.json, (column) => column.notNull())
      .addColumn('selected_fields', types.json)
      .addColumn('configured', types.boolean, (column) => column.notNull())
      .addColumn('state_forgotten', types.boolean, (column) => column.notNull())
      .addColumn('state', types.json)
      .addColumn('record_count', 'bigint', (column) => column.notNull())
      .execute();
    await schema.createIndex('configured_stream_by_connection').on('configured_stream').columns(['source_connection_id', 'position']).execute();
    await schema.createIndex('configured_stream_by_collection').on('configured_stream').columns(['collection_id', 'record_count']).execute();

    await schema
      .createTable('connection_test')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('source_connection_id', 'text', (column) => column.references('source_connection.id').onDelete('cascade'))
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('steps', types.json, (column) => column.notNull())
      .addColumn('started_at', types.timestamp, (column) => column.notNull())
      .addColumn('duration_ms', 'integer', (column) => column.notNull())
      .execute();
    await schema.createIndex('connection_test_by_connection').on('connection_test').columns(['source_connection_id', 'id']).execute();

    await schema
      .createTable('sync_job')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('collection_id', 'text', (column) => column.notNull().references('collection.id'))
      .addColumn('source_connection_id', 'text', (column) => column.notNull().references('source_connection.id').onDelete('cascade'))
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('trigger', 'text', (column) => column.notNull())
      .addColumn('mode', 'text', (column) => column.notNull())
      .addColumn('requested_by', types.json, (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('max_attempts', 'integer', (column) => column.notNull())
      .addColumn('wait_reason', 'text')
      .addColumn('resume_at', types.timestamp)
      .addColumn('records_read', 'bigint', (column) => column.notNull())
      .addColumn('records_inserted', 'bigint', (column) => column.notNull())
      .addColumn('records_updated', 'bigint', (column) => column.notNull())
      .addColumn('records_deleted', 'bigint', (column) => column.notNull())
      .addColumn('records_unchanged', 'bigint', (column) => column.notNull())
      .addColumn('records_rejected', 'bigint', (column) => column.notNull())
      .addColumn('bytes_read', 'bigint', (column) => column.notNull())
      .addColumn('streams', types.json, (column) => column.notNull())
      .addColumn('failure', types.json)
      .addColumn('transition_count', 'integer', (column) => column.notNull())
      .addColumn('lease_token', 'text')
      .addColumn('lease_expires_at', types.timestamp)
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .addColumn('started_at', types.timestamp)
      .addColumn('completed_at', types.timestamp)
      .execute();
    await schema.createIndex('sync_job_one_active').on('sync_job').column('source_connection_id').where(activeJob).unique().execute();
    await schema.createIndex('sync_job_queue').on('sync_job').columns(['status', 'id']).where(activeJob).execute();
    for (const [name, columns] of Object.entries({
      sync_job_by_id: ['organization_id', 'id'],
      sync_job_by_status: ['organization_id', 'status', 'id'],
      sync_job_by_trigger: ['organization_id', 'trigger', 'id'],
      sync_job_by_connection: ['source_connection_id', 'id'],
      sync_job_by_collection: ['collection_id', 'id'],
    })) {
      await schema.createIndex(name).on('sync_job').columns(columns).execute();
    }

    await cursor('sync_job_transition')
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('collection_id', 'text', (column) => column.notNull())
      .addColumn('source_connection_id', 'text', (column) => column.notNull())
      .addColumn('sync_job_id', 'text', (column) => column.notNull().references('sync_job.id').onDelete('cascade'))
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('from_status', 'text')
      .addColumn('to_status', 'text', (column) => column.notNull())
      .addColumn('occurred_at', types.timestamp, (column) => column.notNull())
      .addColumn('actor', types.json, (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .execute();
    await schema.createIndex('transition_sequence').on('sync_job_transition').columns(['sync_job_id', 'sequence']).unique().execute();
    for (const scope of ['organization_id', 'collection_id', 'source_connection_id']) {
      await schema.createIndex(`transition_by_${scope}`).on('sync_job_transition').columns([scope, 'cursor']).execute();
    }

    await cursor('sync_job_log')
      .addColumn('sync_job_id', 'text', (column) => column.notNull().references('sync_job.id').onDelete('cascade'))
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('at', types.timestamp, (column) => column.notNull())
      .addColumn('level', 'text', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('stream', 'text')
      .execute();
    await schema.createIndex('sync_job_log_by_job').on('sync_job_log').columns(['sync_job_id', 'cursor']).execute();
    if (!isSqlite) for (const log of ['source_connection_status_change', 'sync_job_transition', 'sync_job_log']) await drawCursorsInOrder(db, log);

    await schema
      .createTable('idempotency_key')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references(organization))
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('lease_token', 'text', (column) => column.notNull())
      .addColumn('lease_expires_at', types.timestamp, (column) => column.notNull())
      .addColumn('result', types.json)
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .execute();
    await schema.createIndex('idempotency_key_age').on('idempotency_key').column('created_at').execute();
  }
}
