import type { z } from 'zod';
import type { AuthMethod, Connector, JsonObject } from './connector.ts';
import { authMethodsOf, credentialSchemaOf } from './spec.ts';

/** One thing wrong with an input. `path` is that of the input object: `['credentials', 'port']`. Never holds a value. */
export interface ValidationIssue {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a field of the input is checked into, or why it cannot be. */
export type Checked<Value> = { readonly value: Value } | { readonly issues: readonly ValidationIssue[] };

/** Checks fields against a schema, unknown ones included. @param at where the fields stand in the input, `['config']` */
export function validateFields(schema: z.ZodObject, fields: JsonObject, at: readonly string[]): Checked<JsonObject> {
  const result = schema.strict().safeParse(fields);
  return result.success ? { value: result.data as JsonObject } : { issues: issuesOf(result.error, at) };
}

/** zod's issues as ours: one for each unknown key, a required field called missing rather than "expected string, received undefined". */
export function issuesOf(error: z.ZodError, at: readonly string[] = []): ValidationIssue[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: 'There is no such field.' }));
    if (issue.code === 'invalid_type' && /received undefined$/.test(issue.message)) return [{ path, message: 'This field is required.' }];
    if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.errors[0]?.[0]) return [{ path, message: issue.errors[0][0].message }];
    return [{ path, message: issue.message }];
  });
}

/**
 * Which auth method the given credentials are for: the one asked for, or else the first that the fields fit, or else the one they come closest to
 * (so that its issues are what the caller reads).
 */
export function chooseAuthMethod(connector: Connector, asked: AuthMethod | null | undefined, credentials: JsonObject): Checked<AuthMethod> {
  const methods = authMethodsOf(connector);
  if (asked) {
    if (methods.includes(asked)) return { value: asked };
    return { issues: [{ path: ['authMethod'], message: `${connector.name} offers ${methods.join(', ')}.` }] };
  }
  const fits = methods.find((method) => credentialSchemaOf(connector, method).strict().safeParse(credentials).success);
  if (fits) return { value: fits };
  const given = Object.keys(credentials);
  const known = (method: AuthMethod) => given.filter((name) => name in credentialSchemaOf(connector, method).shape).length;
  const closest = methods.reduce((best, method) => (known(method) > known(best) ? method : best));
  return { value: closest };
}
