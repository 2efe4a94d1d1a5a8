import { Migration } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { schemaOf } from './columns.ts';

/** What is over is deleted by age: how it is found without looking at the rest, and what tells that something is gone. */
export class Migration20261122Retention extends Migration {
  override async up(): Promise<void> {
    const { db, types, isSqlite } = schemaOf(this);
    const { schema } = db;
    const no = isSqlite ? sql`0` : sql`false`;

    await schema
      .createTable('pruned_log')
      .addColumn('log', 'text', (column) => column.notNull())
      .addColumn('organization_id', 'text', (column) => column.notNull().references('organization.id'))
      // Of collections that are gone too: no foreign key.
      .addColumn('collection_id', 'text', (column) => column.notNull())
      .addColumn('cursor', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('pruned_log_of', ['log', 'collection_id'])
      .execute();
    await schema.createIndex('pruned_log_by_cursor').on('pruned_log').columns(['log', 'cursor']).execute();
    await schema.createIndex('pruned_log_by_organization').on('pruned_log').columns(['log', 'organization_id', 'cursor']).execute();

    await schema
      .alterTable('sync_job')
      .addColumn('log_pruned_to', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await schema
      .alterTable('sync_job')
      .addColumn('log_pruned', types.boolean, (column) => column.notNull().defaultTo(no))
      .execute();
    for (const [name, condition] of [
      ['sync_job_old_log', sql<boolean>`completed_at is not null and not log_pruned`],
      ['sync_job_old', sql<boolean>`completed_at is not null and log_pruned`],
    ] as const) {
      await schema.createIndex(name).on('sync_job').columns(['completed_at', 'id']).where(condition).execute();
    }
    for (const table of ['source_connection', 'collection']) {
      await schema.createIndex(`${table}_deleted`).on(table).columns(['deleted_at', 'id']).where(sql<boolean>`deleted_at is not null`).execute();
    }
    // A credential that goes is looked for in all source connections otherwise.
    await schema.createIndex('source_connection_by_credential').on('source_connection').column('credential_id').execute();
  }
}
