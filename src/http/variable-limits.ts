import type { GraphQLError } from 'graphql';
import { limitError } from './limit-error.ts';

/** How large variables may be beside the size of a body: what takes no room in JSON may still take long to walk, or a stack that is too deep. */
export const variableLimits = {
  /** Lists and objects in each other. */
  depth: 32,
  /** Items of one list. */
  listItems: 5_000,
} as const;

/** The limit that the variables break, if any. */
export function variableExcess(variables: object | null | undefined): GraphQLError | undefined {
  let level: unknown[] = variables ? [variables] : [];
  // Level by level: a recursion would end at the depth that this is about.
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > variableLimits.depth) return limitError(`The variables nest more than ${variableLimits.depth} levels.`);
    const next: unknown[] = [];
    for (const value of level) {
      if (Array.isArray(value) && value.length > variableLimits.listItems)
        return limitError(`A list in the variables has ${value.length} items; the limit is ${variableLimits.listItems}.`);
      for (const inner of Object.values(value as object)) if (typeof inner === 'object' && inner !== null) next.push(inner);
    }
    level = next;
  }
  return undefined;
}
