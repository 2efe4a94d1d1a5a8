import {
  AliasNode,
  type CommonTableExpressionNode,
  type DeleteQueryNode,
  FromNode,
  type InsertQueryNode,
  type JoinNode,
  type KyselyPlugin,
  OnNode,
  type OperationNode,
  ParensNode,
  type RootOperationNode,
  type SelectQueryNode,
  TableNode,
  type UpdateQueryNode,
  WhereNode,
  type WithNode,
} from 'kysely';
import { checkInsert, checkUpdate } from './check-writes.ts';
import { OutOfScopeError } from './restriction.ts';
import type { TenantScope } from './scope.ts';
import { type Names, nameOf, namesOf, tableIn } from './statement-names.ts';
import { both, tenantCondition } from './tenant-condition.ts';

/** Nodes that hold values and names, and no statement. */
const leaves = new Set(
  'ColumnNode DataTypeNode DefaultInsertValueNode ExplainNode IdentifierNode JSONPathLegNode OperatorNode PrimitiveValueListNode ReferenceNode SelectAllNode ValueNode'.split(
    ' ',
  ),
);

/** Nodes in which a statement may stand somewhere. What is in neither list, such as MERGE and all that changes the schema, is refused. */
const branches = new Set(
  `AggregateFunctionNode AliasNode AndNode BinaryOperationNode CaseNode CastNode CollateNode ColumnUpdateNode FunctionNode GroupByItemNode GroupByNode
  HavingNode JSONOperatorChainNode JSONPathNode JSONReferenceNode LimitNode ListNode OffsetNode OnConflictNode OnNode OrNode OrderByItemNode OrderByNode
  OverNode ParensNode PartitionByItemNode PartitionByNode ReturningNode SelectionNode SelectModifierNode SetOperationNode TupleNode UnaryOperationNode ValueListNode
  ValuesNode WhenNode WhereNode`.split(/\s+/),
);

/** In a fragment of SQL that is part of an expression: it must not read a table by itself. */
const readsTables = /\b(select|table|values)\b/i;

const none: Names = new Set();

/** Parts of a statement that have rules of their own. */
const noParts: ReadonlySet<string> = new Set();
const sourceParts: ReadonlySet<string> = new Set(['with', 'from', 'joins', 'where']);
const updateParts: ReadonlySet<string> = new Set([...sourceParts, 'table']);
const insertParts: ReadonlySet<string> = new Set(['with', 'into']);

/**
 * Holds every statement to what the scope may see: each table in it, wherever it stands, gets the condition of its list entry, and rows to be
 * written are checked. A statement that cannot be seen through is refused.
 *
 * Kysely's own transformer copies the whole tree; this one copies only the way down to a table, for it is in the way of every statement.
 */
export function tenantFilter(scope: TenantScope): KyselyPlugin {
  const conditions = new Map<string, OperationNode>();

  function condition(table: string, alias: string): OperationNode {
    const key = `${alias} ${table}`;
    const known = conditions.get(key);
    if (known) return known;
    const made = tenantCondition(scope, table, alias);
    conditions.set(key, made);
    return made;
  }

  function statement(node: OperationNode, outer: Names): OperationNode {
    switch (node.kind) {
      case 'SelectQueryNode':
        return select(node as SelectQueryNode, outer);
      case 'UpdateQueryNode':
        return update(node as UpdateQueryNode, outer);
      case 'DeleteQueryNode':
        return remove(node as DeleteQueryNode, outer);
      case 'InsertQueryNode':
        return insert(node as InsertQueryNode, outer);
      default:
        throw new OutOfScopeError(`A ${node.kind} cannot be held to an organization.`);
    }
  }

  function expression(node: OperationNode, names: Names): OperationNode {
    if (leaves.has(node.kind)) return node;
    if (branches.has(node.kind)) return within(node, names);
    if (node.kind === 'RawNode') return raw(node, names);
    return statement(node, names);
  }

  function raw(node: OperationNode, names: Names): OperationNode {
    if ((node as unknown as { sqlFragments: string[] }).sqlFragments.some((text) => readsTables.test(text)))
      throw new OutOfScopeError('Raw SQL reads a table, and which one cannot be seen.');
    return within(node, names);
  }

  /** The same node when nothing in it changes. */
  function within<Node extends OperationNode>(node: Node, names: Names, except = noParts): Node {
    let changed: Record<string, unknown> | undefined;
    for (const key in node) {
      const value: unknown = node[key];
      if (typeof value !== 'object' || value === null || except.has(key)) continue;
      const replaced = Array.isArray(value) ? each(value, names) : isNode(value) ? expression(value, names) : value;
      if (replaced === value) continue;
      changed ??= {};
      changed[key] = replaced;
    }
    return changed ? { ...node, ...changed } : node;
  }

  /** The same list when nothing in it changes. */
  function each(items: readonly unknown[], names: Names): readonly unknown[] {
    let changed: unknown[] | undefined;
    for (const [index, item] of items.entries()) {
      const replaced = Array.isArray(item) ? each(item, names) : isNode(item) ? expression(item, names) : item;
      if (replaced === item) continue;
      changed ??= [...items];
      changed[index] = replaced;
    }
    return changed ?? items;
  }

  function select(node: SelectQueryNode, outer: Names): SelectQueryNode {
    const names = namesOf(node, outer);
    const { found, ...sources } = sourcesOf(node, names);
    return { ...within(node, names, sourceParts), ...sources, ...filtered(node.where, found, names), ...ctes(node, outer) };
  }

  function update(node: UpdateQueryNode, outer: Names): UpdateQueryNode {
    const names = namesOf(node, outer);
    const target = node.table ? tableIn(node.table, names) : undefined;
    if (!target) throw new OutOfScopeError('Only a table can be updated.');
    checkUpdate(target.table, node);
    const { found, ...sources } = sourcesOf(node, names);
    const rest = within(node, names, updateParts);
    return { ...rest, ...sources, ...filtered(node.where, [condition(target.table, target.alias), ...found], names), ...ctes(node, outer) };
  }

  function remove(node: DeleteQueryNode, outer: Names): DeleteQueryNode {
    const names = namesOf(node, outer);
    if (node.using) throw new OutOfScopeError('DELETE … USING cannot be held to an organization.');
    if (!tableIn(node.from.froms[0] as OperationNode, names)) throw new OutOfScopeError('Only from a table can be deleted.');
    const { found, ...sources } = sourcesOf(node, names);
    return { ...within(node, names, sourceParts), ...sources, ...filtered(node.where, found, names), ...ctes(node, outer) };
  }

  function insert(node: InsertQueryNode, outer: Names): InsertQueryNode {
    if (!node.into || !TableNode.is(node.into)) throw new OutOfScopeError('Only into a table can be inserted.');
    checkInsert(scope, nameOf(node.into), node);
    return { ...within(node, namesOf(node, outer), insertParts), ...ctes(node, outer) };
  }

  /** `from` and `joins`, and the conditions that belong into `where`. */
  function sourcesOf(node: { readonly from?: FromNode; readonly joins?: readonly JoinNode[] }, names: Names) {
    const found: OperationNode[] = [];
    const rewritten: { from?: FromNode; joins?: readonly JoinNode[] } = {};
    if (node.from) rewritten.from = FromNode.create(node.from.froms.map((item) => source(item, names, found)));
    if (node.joins) rewritten.joins = node.joins.map((join) => joined(join, names, found));
    return { ...rewritten, found };
  }

  function source(item: OperationNode, names: Names, found: OperationNode[]): OperationNode {
    const named = tableIn(item, names);
    if (named) {
      found.push(condition(named.table, named.alias));
      return item;
    }
    if (TableNode.is(item)) return item;
    if (!AliasNode.is(item)) throw new OutOfScopeError(`What is read from cannot be seen: a ${item.kind}.`);
    if (TableNode.is(item.node)) return item;
    const inner = ParensNode.is(item.node) ? item.node.node : item.node;
    if (inner.kind !== 'SelectQueryNode') throw new OutOfScopeError(`What is read from cannot be seen: a ${inner.kind}.`);
    return within(item, names);
  }

  /** Of what is joined the condition stands with the join: an outer join then finds nothing instead of dropping the row. */
  function joined(node: JoinNode, names: Names, found: OperationNode[]): JoinNode {
    if (!['InnerJoin', 'LeftJoin', 'CrossJoin'].includes(node.joinType))
      throw new OutOfScopeError(`A ${node.joinType} shows rows whatever its condition says.`);
    const own: OperationNode[] = [];
    const table = source(node.table, names, node.joinType === 'CrossJoin' ? found : own);
    const on = [...own, ...(node.on ? [ParensNode.create(expression(node.on.on, names))] : [])].reduceRight<OperationNode | undefined>(
      both,
      undefined,
    );
    return { ...node, table, ...(on ? { on: OnNode.create(on) } : {}) };
  }

  function filtered(where: WhereNode | undefined, found: readonly OperationNode[], names: Names): { where?: WhereNode } {
    // In parentheses: what was written by hand may have an OR in it.
    const written = where && ParensNode.create(expression(where.where, names));
    const all = found.reduceRight<OperationNode | undefined>(both, written);
    return all ? { where: WhereNode.create(all) } : {};
  }

  function ctes(node: { readonly with?: WithNode }, outer: Names) {
    if (!node.with) return {};
    const expressions = node.with.expressions.map(
      (cte): CommonTableExpressionNode => ({
        ...cte,
        expression: statement(cte.expression, namesOf(node, outer)),
      }),
    );
    return { with: { ...node.with, expressions } };
  }

  return {
    transformQuery: ({ node }) => statement(node, none) as RootOperationNode,
    transformResult: async ({ result }) => result,
  };
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
