import { z } from 'zod';
import type { AuthMethod, Connector, JsonObject, JsonValue } from './connector.ts';
import { fieldMeta } from './field.ts';

export const fieldTypes = ['STRING', 'PASSWORD', 'TEXT', 'INTEGER', 'NUMBER', 'BOOLEAN', 'STRING_LIST', 'JSON'] as const;
export type FieldType = (typeof fieldTypes)[number];

/** One field of a form, for clients that draw it themselves. */
export interface SourceField {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  readonly type: FieldType;
  readonly required: boolean;
  readonly secret: boolean;
  readonly default: JsonValue | null;
  readonly allowedValues: readonly JsonValue[] | null;
}

/** The same fields as JSON Schema 2020-12, secrets marked `writeOnly` and `format: "password"`. */
export function jsonSchemaOf(schema: z.ZodObject): JsonObject {
  const json = z.toJSONSchema(schema.strict(), {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      // Our own marks: `secret` is said by writeOnly, `target` is the server's business, `multiline` is a hint that JSON Schema has no word for.
      delete jsonSchema['secret'];
      delete jsonSchema['target'];
      delete jsonSchema['multiline'];
    },
  });
  return json as JsonObject;
}

/** The fields of a schema in the order they are declared. */
export function fieldsOf(schema: z.ZodObject): SourceField[] {
  const json = jsonSchemaOf(schema);
  const required = new Set((json['required'] as string[] | undefined) ?? []);
  const properties = json['properties'] as Record<string, JsonObject>;
  return Object.entries(schema.shape).map(([name, field]) => {
    const property = properties[name] ?? {};
    const meta = fieldMeta(field as z.ZodType);
    return {
      name,
      title: meta.title ?? name,
      description: meta.description ?? null,
      type: fieldType(property, meta),
      required: required.has(name),
      secret: meta.secret === true,
      default: property['default'] ?? null,
      allowedValues: (property['enum'] as JsonValue[] | undefined) ?? null,
    };
  });
}

function fieldType(property: JsonObject, meta: { secret?: true; multiline?: true }): FieldType {
  switch (property['type']) {
    case 'string':
      return meta.secret ? 'PASSWORD' : meta.multiline ? 'TEXT' : 'STRING';
    case 'integer':
      return 'INTEGER';
    case 'number':
      return 'NUMBER';
    case 'boolean':
      return 'BOOLEAN';
    case 'array':
      return (property['items'] as JsonObject | undefined)?.['type'] === 'string' ? 'STRING_LIST' : 'JSON';
    default:
      return 'JSON';
  }
}

/** The names of the fields that hold secrets. */
export function secretFieldsOf(schema: z.ZodObject): string[] {
  return Object.keys(schema.shape).filter((name) => fieldMeta(schema.shape[name] as z.ZodType).secret);
}

/** The names of the fields that say which system is dialled. */
export function targetFieldsOf(schema: z.ZodObject): string[] {
  return Object.keys(schema.shape).filter((name) => fieldMeta(schema.shape[name] as z.ZodType).target);
}

export function authMethodsOf(connector: Connector): AuthMethod[] {
  return Object.keys(connector.credentialSchemas) as AuthMethod[];
}

/** The schema of one auth method's credentials. @throws when the connector does not offer the method; callers check first */
export function credentialSchemaOf(connector: Connector, method: AuthMethod): z.ZodObject {
  const schema = connector.credentialSchemas[method];
  if (!schema) throw new Error(`${connector.shortName} does not offer ${method}`);
  return schema;
}

/** The text of every secret in checked credentials, for redaction. */
export function secretValuesOf(connector: Connector, method: AuthMethod, credentials: JsonObject): string[] {
  return secretFieldsOf(credentialSchemaOf(connector, method)).flatMap((name) => {
    const value = credentials[name];
    if (value === undefined || value === null) return [];
    return [typeof value === 'string' ? value : JSON.stringify(value)];
  });
}
