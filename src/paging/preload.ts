import type { FieldNode, GraphQLObjectType, GraphQLResolveInfo, SelectionNode } from 'graphql';
import { getNamedType } from 'graphql';
import type { Ctx } from '../context.ts';
import { loadOwn, type RowReader } from '../db/rows.ts';
import type { Page } from './keyset.ts';

/** Fetches what a field shows for all parents of a page. */
type Preload<Parent> = (ctx: Ctx, parents: readonly Parent[]) => Promise<void>;

const rowsOf = new WeakMap<Ctx, Map<string, unknown>>();

/**
 * Extensions and resolver of a field that shows the object whose id its parent holds. On a page that was preloaded it answers at once, else by the
 * type's loader: one promise among the fields of an item makes the engine wait for every item, and costs more than all the other fields together.
 */
export function shownById<Parent extends object, Row extends { readonly id: string }, Id extends string | null>(
  reader: RowReader<Row>,
  idOf: (parent: Parent) => Id,
) {
  const preload: Preload<Parent> = async (ctx, parents) => {
    const ids = new Set(parents.map(idOf).filter((id) => id !== null));
    if (ids.size === 0) return;
    const rows = rowsOf.get(ctx) ?? new Map<string, unknown>();
    rowsOf.set(ctx, rows);
    for (const row of await loadOwn(ctx, reader, [...ids])) rows.set(row.id, row);
  };
  return {
    extensions: { preload },
    resolve: (parent: Parent, _args: object, ctx: Ctx): Row | Id => {
      const id = idOf(parent);
      return (id !== null && (rowsOf.get(ctx)?.get(id) as Row | undefined)) || id;
    },
  };
}

/** Fetches what the selected fields of the page's items show, each kind in one go. Which fields can be preloaded is in their extensions. */
export async function preloadPage<Item extends object, ItemsPage extends Page<Item>>(
  page: ItemsPage,
  ctx: Ctx,
  info: GraphQLResolveInfo,
): Promise<ItemsPage> {
  const items = page.edges.map(({ node }) => node);
  const selected = info.fieldNodes.flatMap((field) => [...below(field, ['edges', 'node'], info), ...below(field, ['nodes'], info)]);
  const itemFields = itemTypeOf(info).getFields();
  const preloads = new Set(selected.map(({ name }) => itemFields[name.value]?.extensions['preload'] as Preload<Item> | undefined));
  for (const preload of preloads) await preload?.(ctx, items);
  return page;
}

/** The fields that are selected at the end of a path, wherever fragments put them. */
function below(field: FieldNode, [next, ...path]: readonly string[], info: GraphQLResolveInfo): FieldNode[] {
  const fields = fieldsOf(field.selectionSet?.selections ?? [], info);
  return next === undefined ? fields : fields.filter(({ name }) => name.value === next).flatMap((child) => below(child, path, info));
}

function fieldsOf(selections: readonly SelectionNode[], info: GraphQLResolveInfo): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'Field') return [selection];
    const fragment = selection.kind === 'InlineFragment' ? selection : info.fragments[selection.name.value];
    return fieldsOf(fragment?.selectionSet.selections ?? [], info);
  });
}

function itemTypeOf({ returnType }: GraphQLResolveInfo): GraphQLObjectType {
  const edge = getNamedType((getNamedType(returnType) as GraphQLObjectType).getFields()['edges']?.type) as GraphQLObjectType;
  return getNamedType(edge.getFields()['node']?.type) as GraphQLObjectType;
}
