import { Migration } from '@mikro-orm/migrations';
import { sql } from 'kysely';
import { schemaOf } from './columns.ts';

const activeJob = sql<boolean>`status in ('PENDING', 'RUNNING', 'WAITING', 'CANCELLING') and not queued`;
const manual = JSON.stringify({
  type: 'MANUAL',
  cronExpression: null,
  timezone: 'UTC',
  intervalMinutes: null,
  dailySyncTime: null,
  anchoredAt: null,
});
const normal = JSON.stringify({ sensitivity: 'NORMAL', thresholdMinutes: null });

/** What happens to a source connection between its creation and its end: schedules, retries, pauses, webhooks. */
export class Migration20261122Life extends Migration {
  override async up(): Promise<void> {
    const { db, types, isSqlite } = schemaOf(this);
    const { schema } = db;
    const no = isSqlite ? sql`0` : sql`false`;

    const addToConnection = (name: string, type: typeof types.json, nullable = true, fallback?: unknown) =>
      schema
        .alterTable('source_connection')
        .addColumn(name, type, (column) => (nullable ? column : column.notNull().defaultTo(fallback)))
        .execute();
    await addToConnection('schedule', types.json, false, manual);
    await addToConnection('next_scheduled_run', types.timestamp);
    await addToConnection('freshness', types.json, false, normal);
    await addToConnection('delayed_at', types.timestamp);
    await addToConnection('health', 'text', false, 'ON_SCHEDULE');
    await addToConnection('last_succeeded_at', types.timestamp);
    await addToConnection('pause_reason', 'text');
    await addToConnection('pause_at', types.timestamp);
    await addToConnection('consecutive_failures', 'integer', false, 0);
    for (const column of ['next_scheduled_run', 'pause_at']) {
      await schema
        .createIndex(`source_connection_due_${column}`)
        .on('source_connection')
        .column(column)
        .where(sql<boolean>`${sql.ref(column)} is not null and deleted_at is null`)
        .execute();
    }
    await schema
      .createIndex('source_connection_due_delayed_at')
      .on('source_connection')
      .column('delayed_at')
      .where(sql<boolean>`health = 'ON_SCHEDULE' and delayed_at is not null and deleted_at is null`)
      .execute();
    // Those without a next run come last, whichever end is first.
    for (const [name, last] of [
      ['source_connection_by_next_run', new Date('9999-12-31T00:00:00Z')],
      ['source_connection_by_last_next_run', new Date(-1)],
    ] as const) {
      await schema
        .createIndex(name)
        .on('source_connection')
        .columns([])
        .expression(sql`organization_id, coalesce(next_scheduled_run, ${sql.lit(last)}), id`)
        .execute();
    }

    const addToJob = (name: string, type: typeof types.json, nullable = true, fallback?: unknown) =>
      schema
        .alterTable('sync_job')
        .addColumn(name, type, (column) => (nullable ? column : column.notNull().defaultTo(fallback)))
        .execute();
    await addToJob('scheduled_for', types.timestamp);
    await addToJob('fruitless_attempts', 'integer', false, 0);
    await addToJob('pause_requested', types.boolean, false, no);
    await addToJob('queued', types.boolean, false, no);
    await schema
      .createIndex('sync_job_scheduled_once')
      .on('sync_job')
      .columns(['source_connection_id', 'scheduled_for'])
      .where(sql<boolean>`scheduled_for is not null`)
      .unique()
      .execute();
    // A queued job waits until the active one has ended; one may wait.
    await schema.dropIndex('sync_job_one_active').execute();
    await schema.createIndex('sync_job_one_active').on('sync_job').column('source_connection_id').where(activeJob).unique().execute();
    await schema.createIndex('sync_job_one_queued').on('sync_job').column('source_connection_id').where(sql<boolean>`queued`).unique().execute();

    await schema
      .createTable('webhook')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('organization_id', 'text', (column) => column.notNull().references('organization.id'))
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('events', types.json, (column) => column.notNull())
      .addColumn('sealed_secret', 'text', (column) => column.notNull())
      .addColumn('consecutive_failures', 'integer', (column) => column.notNull())
      .addColumn('created_at', types.timestamp, (column) => column.notNull())
      .addColumn('disabled_at', types.timestamp)
      .addColumn('disabled_reason', 'text')
      .addColumn('deleted_at', types.timestamp)
      .execute();
    await schema.createIndex('webhook_page').on('webhook').columns(['organization_id', 'id']).execute();
    // What every event asks.
    await schema.createIndex('webhook_enabled').on('webhook').column('organization_id').where(sql<boolean>`disabled_at is null`).execute();

    await schema
      .createTable('webhook_delivery')
      .addColumn('cursor', types.cursor, (column) => (isSqlite ? column.primaryKey().autoIncrement() : column.primaryKey()))
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('organization_id', 'text', (column) => column.notNull().references('organization.id'))
      .addColumn('webhook_id', 'text', (column) => column.notNull().references('webhook.id'))
      .addColumn('source_connection_id', 'text', (column) => column.notNull())
      .addColumn('event', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('at', types.timestamp, (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('response_status', 'integer')
      .addColumn('delivered_at', types.timestamp)
      .addColumn('given_up_at', types.timestamp)
      .execute();
    await schema
      .createIndex('webhook_delivery_pending')
      .on('webhook_delivery')
      .columns(['webhook_id', 'source_connection_id', 'cursor'])
      .where(sql<boolean>`delivered_at is null and given_up_at is null`)
      .execute();
    await schema.createIndex('webhook_delivery_page').on('webhook_delivery').columns(['webhook_id', 'cursor']).execute();

    // What is pending of one source connection for one webhook is delivered one after the other: whoever holds the lane delivers.
    await schema
      .createTable('webhook_lane')
      .addColumn('webhook_id', 'text', (column) => column.notNull().references('webhook.id'))
      .addColumn('source_connection_id', 'text', (column) => column.notNull())
      .addColumn('organization_id', 'text', (column) => column.notNull().references('organization.id'))
      .addColumn('due_at', types.timestamp)
      .addColumn('lease_token', 'text')
      .addPrimaryKeyConstraint('webhook_lane_key', ['source_connection_id', 'webhook_id'])
      .execute();
    await schema.createIndex('webhook_lane_of_webhook').on('webhook_lane').column('webhook_id').execute();
    await schema.createIndex('webhook_lane_due').on('webhook_lane').column('due_at').where(sql<boolean>`due_at is not null`).execute();
  }
}
