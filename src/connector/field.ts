import type { z } from 'zod';

/**
 * What `.meta()` of a config or credential field may say. `title` and `description` are shown to people;
 * the rest decides how the field is treated and how a form draws it.
 */
export interface FieldMeta {
  readonly title: string;
  readonly description?: string;
  /** Sealed, never returned. */
  readonly secret?: true;
  /** Names the system that is dialled (host, port, URL): changing it needs every secret again. */
  readonly target?: true;
  /** Several lines of text. */
  readonly multiline?: true;
  readonly examples?: readonly unknown[];
}

/** Marks a field as a secret: sealed in storage, `writeOnly` and `format: "password"` in the JSON Schema. */
export function secret<Schema extends z.ZodType>(schema: Schema, meta: FieldMeta): Schema {
  return schema.meta({ ...meta, secret: true, writeOnly: true, format: 'password' }) as Schema;
}

/** Any other field. */
export function field<Schema extends z.ZodType>(schema: Schema, meta: FieldMeta): Schema {
  return schema.meta({ ...meta }) as Schema;
}

/** Reads the `meta` of a field through `optional()` and `default()`. */
export function fieldMeta(schema: z.ZodType): Partial<FieldMeta> {
  let current: z.ZodType | undefined = schema;
  while (current) {
    const meta = current.meta();
    if (meta) return meta as Partial<FieldMeta>;
    current = (current.def as { innerType?: z.ZodType }).innerType;
  }
  return {};
}
