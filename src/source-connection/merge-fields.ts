import type { z } from 'zod';
import type { JsonObject } from '../connector/connector.ts';
import { secretFieldsOf, targetFieldsOf } from '../connector/spec.ts';
import { type ValidationIssue, validateFields } from '../connector/validate.ts';
import { ValidationError } from '../errors.ts';

/**
 * Puts an update over stored fields: one left out keeps its value, null clears it.
 * @param at where the fields stand in the input, `['config']`
 * @throws ValidationError
 */
export function mergeFields(schema: z.ZodObject, stored: JsonObject, given: JsonObject, at: readonly string[]): JsonObject {
  const merged: JsonObject = { ...stored, ...given };
  for (const [name, value] of Object.entries(given)) if (value === null) delete merged[name];
  const checked = validateFields(schema, merged, at);
  if ('issues' in checked) throw new ValidationError(checked.issues);
  return checked.value;
}

/** Whether the fields name another system than before. */
export function isRetargeted(schema: z.ZodObject, before: JsonObject, after: JsonObject): boolean {
  return targetFieldsOf(schema).some((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

/** Stored secrets must not be sent to a system that somebody has just named: they are entered again. @throws ValidationError */
export function demandSecrets(schema: z.ZodObject, stored: JsonObject, given: JsonObject): void {
  const missing: ValidationIssue[] = secretFieldsOf(schema)
    .filter((name) => name in stored && !(name in given))
    .map((name) => ({ path: ['credentials', name], message: 'The credentials would go to another system: enter this secret again.' }));
  if (missing.length > 0) throw new ValidationError(missing);
}
