import type { Migration } from '@mikro-orm/migrations';
import { type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely';

type DataType = ColumnDataType | RawBuilder<unknown>;

/** The few types that the engines name differently. */
export interface ColumnTypes {
  readonly timestamp: DataType;
  readonly json: DataType;
  readonly boolean: DataType;
  /** A number assigned by the database, growing, never reused. */
  readonly cursor: DataType;
}

const sqlite: ColumnTypes = { timestamp: 'integer', json: 'text', boolean: 'integer', cursor: 'integer' };
const postgresql: ColumnTypes = { timestamp: sql`timestamptz(3)`, json: 'jsonb', boolean: 'boolean', cursor: 'bigserial' };

/** The schema builder on the migration's own transaction, with the types of its engine. */
// biome-ignore lint/suspicious/noExplicitAny: a migration speaks of tables as they were, not as the entities are now
export function schemaOf(migration: Migration): { db: Kysely<any>; types: ColumnTypes; isSqlite: boolean } {
  const em = migration.getEntityManager() as unknown as {
    getKysely(): Kysely<unknown>;
    getPlatform(): { constructor: { name: string } };
  };
  const isSqlite = /sqlite/i.test(em.getPlatform().constructor.name);
  return { db: em.getKysely(), types: isSqlite ? sqlite : postgresql, isSqlite };
}
