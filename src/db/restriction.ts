import type { TenantScope } from './scope.ts';
import { type OwnedTable, tables } from './tables.ts';

/** A statement that reaches, or would make, a row of somebody else. A bug of ours: clients see it as INTERNAL. */
export class OutOfScopeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutOfScopeError';
  }
}

/** What must hold for every row that is seen or changed: each column has this value, or one of these. `null` = there is no such row. */
export type Restriction = readonly (readonly [column: string, values: string | readonly string[]])[] | null;

/** @throws OutOfScopeError for a table that is not in the list, or that no tenant gets to */
export function restrictionOf({ organizationId, collectionIds }: TenantScope, name: string): Restriction {
  const { organization, collection, restricted = 'nothing' } = ownedTable(name);
  const own = [organization, organizationId] as const;
  if (collectionIds === null) return [own];
  if (collection) return collectionIds.length === 0 ? null : [own, [collection.column, collectionIds]];
  return restricted === 'everything' ? [own] : null;
}

/** @returns what has to be asked of the database still: the collection that must be one of the organization's */
export function checkNewRow({ organizationId, collectionIds }: TenantScope, name: string, cellOf: (column: string) => unknown): string | undefined {
  const { organization, collection, restricted = 'nothing' } = ownedTable(name);
  if (name === 'organization') throw new OutOfScopeError('A caller makes no organization.');
  if (cellOf(organization) !== organizationId) throw new OutOfScopeError(`A row of "${name}" is not the caller's: its organization is another one.`);
  if (!collection) {
    if (collectionIds !== null && restricted === 'nothing') throw new OutOfScopeError(`Who sees only some collections makes no row of "${name}".`);
    return undefined;
  }
  const id = cellOf(collection.column);
  if (id == null && collection.optional) return undefined;
  if (typeof id !== 'string') throw new OutOfScopeError(`A row of "${name}" does not say in which collection it is.`);
  if (name === 'collection') {
    if (collectionIds !== null) throw new OutOfScopeError('Who sees only some collections makes no other.');
    return undefined;
  }
  if (collectionIds === null) return id;
  if (!collectionIds.includes(id)) throw new OutOfScopeError(`A row of "${name}" is not the caller's: its collection is another one.`);
  return undefined;
}

/** A row stays where it is: what would move it to another organization or collection is refused. */
export function checkChange(name: string, columns: Iterable<string>): void {
  const { organization, collection } = ownedTable(name);
  for (const column of columns) {
    if (column === organization || column === collection?.column) throw new OutOfScopeError(`A row of "${name}" keeps its "${column}".`);
  }
}

function ownedTable(name: string): OwnedTable {
  const table = tables.get(name);
  if (table === undefined) throw new OutOfScopeError(`Nobody said whose the rows of "${name}" are: add the table to src/db/tables.ts.`);
  if (table === 'system') throw new OutOfScopeError(`"${name}" belongs to no organization.`);
  return table;
}
