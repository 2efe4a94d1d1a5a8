import {
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';

/** Values for what has to be there, by name. */
export type Fill = (name: string, at: string) => unknown;

/**
 * The fields of a type, those of objects below it down to `depth`, of lists the first ten. Of everything that has an id, the id.
 * What asks for arguments is left out.
 */
export function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (isObjectType(type)) return `__typename ${fieldsOf(schema, type, depth)}`;
  const members = isUnionType(type) ? type.getTypes() : isInterfaceType(type) ? schema.getPossibleTypes(type) : [];
  // Members may have fields of one name and different types, which then need names of their own.
  const taken = new Map<string, string>();
  return `__typename ${members.map((member) => `... on ${member.name} { ${fieldsOf(schema, member, depth, taken)} }`).join(' ')}`;
}

function fieldsOf(schema: GraphQLSchema, type: GraphQLObjectType, depth: number, taken = new Map<string, string>()): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const first = taken.get(field.name) ?? String(field.type);
    taken.set(field.name, first);
    const name = first === String(field.type) ? field.name : `${type.name}_${field.name}: ${field.name}`;
    const named = getNamedType(field.type);
    if (isLeafType(named)) return [name];
    const page = field.args.some((argument) => argument.name === 'first') ? '(first: 10)' : '';
    if (!hasId(named)) return depth < 0 ? [] : [`${name}${page} { ${selectionOf(schema, named, page ? depth - 1 : depth)} }`];
    return [`${name} { ${depth > 0 ? selectionOf(schema, named, depth - 1) : '__typename id'} }`];
  });
  return fields.length > 0 ? fields.join(' ') : '__typename';
}

const hasId = (type: GraphQLNamedType) => isObjectType(type) && 'id' in type.getFields();

export interface Call {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** A call of a root field with everything that it requires, and `value` at the path. */
export function callOf(
  schema: GraphQLSchema,
  parent: string,
  field: string,
  given: { readonly path: readonly string[]; readonly value: unknown }[],
  fill: Fill,
): Call {
  const type = schema.getType(parent) as GraphQLObjectType;
  const definition = type.getFields()[field];
  if (!definition) throw new Error(`There is no ${parent}.${field}.`);
  const variables: Record<string, unknown> = {};
  for (const argument of definition.args) {
    const mine = given.filter(({ path }) => path[0] === argument.name).map(({ path, value }) => ({ path: path.slice(1), value }));
    if (mine.length > 0 || isRequiredArgument(argument))
      variables[argument.name] = argumentFor(argument.type, argument.name, mine, fill, `${parent}.${field}(${argument.name}`);
  }
  const used = definition.args.filter(({ name }) => name in variables);
  const parameters = used.map(({ name, type: argumentType }) => `$${name}: ${argumentType}`).join(', ');
  const handed = used.map(({ name }) => `${name}: $${name}`).join(', ');
  const named = getNamedType(definition.type);
  const selection = isLeafType(named) ? '' : `{ ${selectionOf(schema, named, 1)} }`;
  const inner = `result: ${field}${handed ? `(${handed})` : ''} ${selection}`;
  if (['Query', 'Mutation', 'Subscription'].includes(parent))
    return { query: `${parent.toLowerCase()}${parameters ? `(${parameters})` : ''} { ${inner} }`, variables };
  const head = `query($parent: ID!${parameters ? `, ${parameters}` : ''})`;
  return {
    query: `${head} { result: node(id: $parent) { __typename ... on ${parent} { ${inner} } } }`,
    variables: { ...variables, parent: fill('parent', parent) },
  };
}

function argumentFor(
  type: GraphQLInputType,
  name: string,
  given: readonly { readonly path: readonly string[]; readonly value: unknown }[],
  fill: Fill,
  at: string,
): unknown {
  const bare = isNonNullType(type) ? type.ofType : type;
  const [whole] = given.filter(({ path }) => path.length === 0);
  if (whole) return isListType(bare) ? [whole.value] : whole.value;
  const named = getNamedType(bare);
  if (isListType(bare)) return [];
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (!isInputObjectType(named)) return fill(name, at);
  const entries = Object.values(named.getFields()).flatMap((field) => {
    const mine = given.filter(({ path }) => path[0] === field.name).map(({ path, value }) => ({ path: path.slice(1), value }));
    return mine.length > 0 || isRequiredInputField(field)
      ? [[field.name, argumentFor(field.type, field.name, mine, fill, `${at}.${field.name}`)]]
      : [];
  });
  if (named.isOneOf && entries.length === 0) return fill(name, at);
  return Object.fromEntries(entries);
}
