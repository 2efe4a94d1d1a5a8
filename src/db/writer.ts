import {
  type EntityData,
  type EntityManager,
  type EntityName,
  type FilterQuery,
  type Primary,
  type RequiredEntityData,
  UnderscoreNamingStrategy,
} from '@mikro-orm/core';
import { type TenantFilterParameters, tenantFilterName } from './entity-filter.ts';
import { checkChange, checkNewRow, OutOfScopeError } from './restriction.ts';
import type { Db } from './rows.ts';
import { everyOrganization, type Scope, type TenantScope } from './scope.ts';

/**
 * What a transaction writes with: the few words of the entity manager that make statements. None takes options, so that nobody switches the
 * filter off; none makes entities, whose changes would go past it.
 */
export interface Writer {
  /** @returns the key of the row */
  insert<Entity extends object>(entity: EntityName<Entity>, row: NoInfer<RequiredEntityData<Entity>>): Promise<Primary<Entity>>;
  insertMany<Entity extends object>(entity: EntityName<Entity>, rows: NoInfer<RequiredEntityData<Entity>[]>): Promise<void>;
  /** @returns how many rows of the scope it found */
  nativeUpdate<Entity extends object>(entity: EntityName<Entity>, where: FilterQuery<NoInfer<Entity>>, changes: EntityData<Entity>): Promise<number>;
  /** @returns how many rows of the scope it found */
  nativeDelete<Entity extends object>(entity: EntityName<Entity>, where: FilterQuery<NoInfer<Entity>>): Promise<number>;
}

const naming = new UnderscoreNamingStrategy();

/** The ORM's filter holds updates and deletes to the scope; what it leaves out, inserts and moves to another owner, is checked here. */
export function createWriter(em: EntityManager, db: Db, scope: Scope): Writer {
  const check = scope === everyOrganization ? undefined : createChecks(scope, db);
  const tableOf = <Entity extends object>(entity: EntityName<Entity>) => em.getMetadata(entity).tableName;
  const filters = { [tenantFilterName]: { scope } satisfies TenantFilterParameters };
  return {
    async insert(entity, row) {
      await check?.rows(tableOf(entity), [row]);
      return em.insert(entity, row);
    },
    async insertMany(entity, rows) {
      await check?.rows(tableOf(entity), rows);
      await em.insertMany(entity, rows);
    },
    async nativeUpdate(entity, where, changes) {
      if (check)
        checkChange(
          tableOf(entity),
          Object.keys(changes).map((property) => naming.propertyToColumnName(property)),
        );
      return em.nativeUpdate(entity, where, changes, { filters });
    },
    nativeDelete: (entity, where) => em.nativeDelete(entity, where, { filters }),
  };
}

function createChecks(scope: TenantScope, db: Db) {
  const known = new Set<string>();
  return {
    async rows(table: string, rows: readonly object[]): Promise<void> {
      for (const row of rows) {
        const values = new Map(Object.entries(row).map(([property, value]) => [naming.propertyToColumnName(property), value as unknown]));
        const collectionId = checkNewRow(scope, table, (column) => values.get(column));
        if (collectionId === undefined || known.has(collectionId)) continue;
        // Deleted ones too: what writes into them was begun before.
        const found = await db.selectFrom('collection').select('id').where('id', '=', collectionId).executeTakeFirst();
        if (!found) throw new OutOfScopeError(`A row of "${table}" is not the caller's: its collection is another one's.`);
        known.add(collectionId);
      }
    },
  };
}
