import type { EntityManager } from '@mikro-orm/sql';
import type { Compilable, Kysely, KyselyPlugin } from 'kysely';
import type { Engine } from './engine.ts';
import type { ControlDatabase } from './orm.ts';
import { OutOfScopeError } from './restriction.ts';
import type { Db } from './rows.ts';
import { tenantFilter } from './tenant-filter.ts';

/** Whose rows somebody may see and change. */
export interface TenantScope {
  readonly organizationId: string;
  /** Only what is in these; `null` = everything of the organization. */
  readonly collectionIds: readonly string[] | null;
}

/** The scope of workers and house-keeping. Never that of a request. */
export const everyOrganization = Symbol('every organization');

export type Scope = TenantScope | typeof everyOrganization;

/** What a row says about whose it is. */
export interface OwnedRow {
  readonly organizationId: string;
  readonly collectionId: string;
}

/** Whether a row that was read for every organization may be shown to somebody. */
export function isWithin({ organizationId, collectionIds }: TenantScope, row: OwnedRow): boolean {
  return row.organizationId === organizationId && (collectionIds === null || collectionIds.includes(row.collectionId));
}

/** A way into the control database, for somebody in particular. */
export interface Access {
  /** Reads what is committed; inside a transaction use its own. */
  readonly db: Db;
  /** Writes, by `inTransaction` and nothing else. */
  readonly em: EntityManager;
  readonly engine: Engine;
  readonly scope: Scope;
}

/** The way in of what acts for all tenants alike: workers, the supervisor, house-keeping, the look-up of who is calling. */
export function accessForEveryOrganization({ reader, orm, engine }: Pick<ControlDatabase, 'reader' | 'orm' | 'engine'>): Access {
  return { db: reader.withoutPlugins(), em: orm.em, engine, scope: everyOrganization };
}

/** The way in of one caller: every statement is held to what it may see, whoever wrote the statement. */
export function accessFor({ db, em, engine }: Pick<Access, 'db' | 'em' | 'engine'>, { organizationId, collectionIds }: TenantScope): Access {
  const scope = { organizationId, collectionIds };
  return { db: scopedTo(db, scope), em, engine, scope };
}

/** A query that is compiled once, for what every request asks. Only without a scope: nothing of one would be in it. */
export function preparedForEveryOrganization(
  { db, scope }: Pick<Access, 'db' | 'scope'>,
  build: (db: Db) => Compilable,
): (parameters: readonly unknown[]) => Promise<Record<string, unknown>[]> {
  if (scope !== everyOrganization) throw new OutOfScopeError('A prepared query sees every organization.');
  const query = build(db).compile();
  return async (parameters) => {
    const { rows } = await (db as Kysely<unknown>).executeQuery({ ...query, parameters });
    return rows as Record<string, unknown>[];
  };
}

/** @throws when nobody said for whom: forgetting it must not mean everybody */
export function scopedTo(db: Db, scope: Scope): Db {
  if (scope === everyOrganization) return db;
  if (typeof scope?.organizationId !== 'string' || scope.collectionIds === undefined)
    throw new OutOfScopeError('Nobody said for which organization.');
  return (db as Kysely<unknown>).withPlugin(tenantFilter(scope)) as Db;
}

/** On the reader as it was opened. */
export const refuseUnscoped: KyselyPlugin = {
  transformQuery() {
    throw new OutOfScopeError('Nobody said for whom this is read: use `accessFor` or `accessForEveryOrganization`.');
  },
  transformResult: async ({ result }) => result,
};
