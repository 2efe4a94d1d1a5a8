import type { EntitySchema, FilterDef } from '@mikro-orm/core';
import { restrictionOf } from './restriction.ts';
import { everyOrganization, type Scope } from './scope.ts';
import { tables } from './tables.ts';

/** The filter whose parameters every statement of a `Writer` gives. Without them the ORM throws. */
export const tenantFilterName = 'tenant';

export interface TenantFilterParameters {
  readonly scope: Scope;
}

/**
 * The filter of whatever goes through the ORM, on for every entity. It does not see what is inserted: that is checked by the `Writer`.
 * @throws for an entity whose table nobody has declared
 */
// biome-ignore lint/suspicious/noExplicitAny: the list of entities is heterogeneous by nature
export function entityFilter(entities: readonly EntitySchema<any>[]): Record<string, Omit<FilterDef, 'name'>> {
  const byName = new Map(entities.map(({ meta }) => [String(meta.className), meta.tableName]));
  for (const table of byName.values())
    if (!tables.has(table)) throw new Error(`Nobody said whose the rows of "${table}" are: add the table to src/db/tables.ts.`);
  const cond = ({ scope }: TenantFilterParameters, _type: unknown, _em: unknown, _options: unknown, entity = '') => {
    if (scope === everyOrganization) return {};
    const restriction = restrictionOf(scope, byName.get(entity) ?? entity);
    if (restriction === null) return { organizationId: [] };
    return Object.fromEntries(restriction.map(([column, values]) => [propertyOf(column), typeof values === 'string' ? values : [...values]]));
  };
  return { [tenantFilterName]: { cond: cond as FilterDef['cond'], default: true } };
}

function propertyOf(column: string): string {
  return column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
