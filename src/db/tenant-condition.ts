import {
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  type OperationNode,
  OperatorNode,
  PrimitiveValueListNode,
  ReferenceNode,
  TableNode,
  ValueNode,
} from 'kysely';
import { restrictionOf } from './restriction.ts';
import type { TenantScope } from './scope.ts';

/** For `reduceRight`. */
export function both(right: OperationNode | undefined, left: OperationNode): OperationNode {
  return right ? AndNode.create(left, right) : left;
}

/** What must hold for the rows of a table in a statement, by the name that the table has there. */
export function tenantCondition(scope: TenantScope, table: string, alias: string): OperationNode {
  const restriction = restrictionOf(scope, table);
  if (restriction === null) return BinaryOperationNode.create(ValueNode.createImmediate(1), OperatorNode.create('='), ValueNode.createImmediate(0));
  const each = restriction.map(([column, values]) =>
    BinaryOperationNode.create(
      ReferenceNode.create(ColumnNode.create(column), TableNode.create(alias)),
      OperatorNode.create(typeof values === 'string' ? '=' : 'in'),
      typeof values === 'string' ? ValueNode.create(values) : PrimitiveValueListNode.create(values),
    ),
  );
  return each.reduceRight<OperationNode | undefined>(both, undefined) as OperationNode;
}
