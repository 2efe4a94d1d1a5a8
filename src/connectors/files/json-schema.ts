import type { JsonObject } from '../../connector/connector.ts';

/** Deeper levels are described as any value: a schema is for people, and depth makes it explode. */
const maxSchemaDepth = 5;

/** A JSON Schema that all the records match. */
export function schemaOf(records: readonly Record<string, unknown>[]): JsonObject {
  return { type: 'object', properties: propertiesOf(records, 1) };
}

function propertiesOf(objects: readonly Record<string, unknown>[], depth: number): JsonObject {
  const values = new Map<string, unknown[]>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(object)) {
      const known = values.get(name);
      if (known) known.push(value);
      else values.set(name, [value]);
    }
  }
  return Object.fromEntries([...values].map(([name, found]) => [name, schemaOfValues(found, depth + 1)]));
}

function schemaOfValues(values: readonly unknown[], depth: number): JsonObject {
  const types = new Set(values.map(typeOf));
  if (types.has('number')) types.delete('integer');
  const named = [...types].sort();
  const schema: JsonObject = named.length === 1 ? { type: named[0] as string } : { type: named };
  if (depth > maxSchemaDepth) return schema;
  const objects = values.filter((value): value is Record<string, unknown> => typeOf(value) === 'object');
  if (objects.length > 0) schema['properties'] = propertiesOf(objects, depth);
  const items = values.filter(Array.isArray).flat() as unknown[];
  if (items.length > 0) schema['items'] = schemaOfValues(items, depth + 1);
  return schema;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
