import { AliasNode, IdentifierNode, type OperationNode, TableNode, type WithNode } from 'kysely';
import { OutOfScopeError } from './restriction.ts';
import { tables } from './tables.ts';

/** What the WITHs around a part of a statement are called. */
export type Names = ReadonlySet<string>;

/** The table that an item of FROM names, and what it is called there; nothing for a CTE and for what is no table. */
export function tableIn(item: OperationNode, names: Names): { table: string; alias: string } | undefined {
  const node = AliasNode.is(item) ? item.node : item;
  if (!TableNode.is(node)) return undefined;
  const table = nameOf(node);
  if (names.has(table)) return undefined;
  if (!AliasNode.is(item)) return { table, alias: table };
  if (!IdentifierNode.is(item.alias)) throw new OutOfScopeError(`The alias of "${table}" cannot be seen.`);
  return { table, alias: item.alias.name };
}

export function nameOf({ table: { schema, identifier } }: TableNode): string {
  if (schema) throw new OutOfScopeError(`A table of another schema: "${schema.name}.${identifier.name}".`);
  return identifier.name;
}

/** With the names of the statement's CTEs. One that is called like a table could hide it, or be hidden by it. */
export function namesOf(node: { readonly with?: WithNode }, outer: Names): Names {
  if (!node.with) return outer;
  const own = node.with.expressions.map(({ name }) => nameOf(name.table));
  const table = own.find((name) => tables.has(name));
  if (table) throw new OutOfScopeError(`A WITH is named like the table "${table}".`);
  return new Set([...outer, ...own]);
}
