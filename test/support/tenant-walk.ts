import { type GraphQLNamedType, type GraphQLSchema, getNamedType, isAbstractType, isObjectType, isRequiredArgument } from 'graphql';
import type { Caller } from './caller.ts';
import { selectionOf } from './schema-calls.ts';
import type { Things } from './tenant-world.ts';

export interface Shown {
  /** `SourceConnection.collection` */
  readonly at: string;
  readonly type: string;
  readonly id: string;
}

const hasId = (type: GraphQLNamedType) => (isObjectType(type) && 'id' in type.getFields()) || (isAbstractType(type) && type.name === 'Node');

/** Every field that shows something with an id, and that nobody has to send arguments for; the roots of mutations and subscriptions are not among them. */
export function fieldsWithIds(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || type.name.startsWith('__') || ['Mutation', 'Subscription'].includes(type.name)) return [];
    return Object.values(type.getFields())
      .filter((field) => hasId(getNamedType(field.type)) && !field.args.some(isRequiredArgument))
      .map((field) => `${type.name}.${field.name}`);
  });
}

/** Goes wherever the fields lead, from the lists at the top and from what is known by id, until nothing new turns up. */
export async function walk(schema: GraphQLSchema, caller: Caller, things: Things): Promise<Shown[]> {
  const shown: Shown[] = [];
  const visited = new Set<string>();
  const toVisit: { id: string; type?: string }[] = Object.values(things).map((id) => ({ id }));
  const note = (value: unknown, type: string) => {
    if (Array.isArray(value)) for (const item of value) note(item, type);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const object = value as Record<string, unknown>;
    const own = typeof object['__typename'] === 'string' ? object['__typename'] : type;
    for (const [name, below] of Object.entries(object)) {
      for (const item of [below].flat()) {
        if (typeof item !== 'object' || item === null) continue;
        const { id, __typename: itemType } = item as { id?: unknown; __typename?: string };
        if (typeof id !== 'string' || !itemType) continue;
        shown.push({ at: `${own}.${name}`, type: itemType, id });
        if (!['Actor', 'ConfiguredStream', 'WebhookDelivery'].includes(itemType)) toVisit.push({ id, type: itemType });
      }
      note(below, own);
    }
  };

  const query = schema.getQueryType();
  if (!query) return [];
  for (const field of Object.values(query.getFields())) {
    const type = getNamedType(field.type);
    if (field.args.some(isRequiredArgument) || !isObjectType(type)) continue;
    const { data } = await caller.execute(`{ ${field.name} { ${selectionOf(schema, type, 0)} } }`);
    note({ __typename: 'Query', ...data }, 'Query');
  }
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    const { id } = next;
    if (visited.has(id)) continue;
    visited.add(id);
    const name = next.type ?? (await caller.execute('query ($id: ID!) { node(id: $id) { __typename } }', { id })).data?.node?.__typename;
    const type = schema.getType(name ?? '');
    if (!isObjectType(type)) continue;
    const { data } = await caller.execute(`query ($id: ID!) { node(id: $id) { ... on ${type.name} { ${selectionOf(schema, type, 1)} } } }`, { id });
    note(data?.node, type.name);
  }
  return shown;
}
