import {
  ColumnNode,
  type InsertQueryNode,
  type OperationNode,
  PrimitiveValueListNode,
  ReferenceNode,
  type UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
} from 'kysely';
import { checkChange, checkNewRow, OutOfScopeError } from './restriction.ts';
import type { TenantScope } from './scope.ts';

/** @throws OutOfScopeError for rows that are not the caller's, or that cannot be seen */
export function checkInsert(
  scope: TenantScope,
  table: string,
  { columns = [], values, onConflict, onDuplicateKey, replace, orAction }: InsertQueryNode,
): void {
  if (onConflict?.updates || onDuplicateKey || replace || orAction)
    throw new OutOfScopeError('An insert that may change a row that is there cannot be held to an organization.');
  if (!values || !ValuesNode.is(values)) throw new OutOfScopeError('Whose the rows are that are inserted cannot be seen.');
  const names = columns.map(({ column }) => column.name);
  for (const row of values.values) {
    const unproven = checkNewRow(scope, table, (column) => valueAt(row, names.indexOf(column)));
    if (unproven !== undefined) throw new OutOfScopeError(`Insert into "${table}" by tx.em, which can look whether the collection is the caller's.`);
  }
}

/** @throws OutOfScopeError for what would move a row to somebody else */
export function checkUpdate(table: string, { updates = [] }: UpdateQueryNode): void {
  checkChange(
    table,
    updates.map(({ column }) => columnName(column)),
  );
}

function valueAt(row: OperationNode, index: number): unknown {
  if (PrimitiveValueListNode.is(row)) return row.values[index];
  const value = ValueListNode.is(row) ? row.values[index] : undefined;
  return value && ValueNode.is(value) ? value.value : undefined;
}

function columnName(node: OperationNode): string {
  const column = ReferenceNode.is(node) ? node.column : node;
  if (!ColumnNode.is(column)) throw new OutOfScopeError('Which column is changed cannot be seen.');
  return column.column.name;
}
