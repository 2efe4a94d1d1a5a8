import { readFileSync } from 'node:fs';
import { buildSchema, isAbstractType } from 'graphql';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));

/** The members of each union and interface of our schema, which a cache has to be told. */
export const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap()).flatMap((type) =>
    isAbstractType(type) ? [[type.name, schema.getPossibleTypes(type).map(({ name }) => name)]] : [],
  ),
);
