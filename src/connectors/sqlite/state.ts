import { z } from 'zod';
import type { JsonObject } from '../../connector/connector.ts';
import type { Plan, Term } from './plan.ts';
import { type StoredValue, storedValue } from './values.ts';

/** A full refresh: after the record with these values, or done. */
const fullState = z.union([z.object({ complete: z.literal(true) }), z.object({ orderedBy: z.array(z.string()), values: z.array(storedValue) })]);

/** An incremental read. Records without a cursor value are read once, before the others, while `nulls` is true. */
const incrementalState = z.object({
  cursorField: z.string(),
  nulls: z.boolean(),
  orderedBy: z.array(z.string()),
  /** `[]`: at the beginning. Only the cursor once a pass is done: more records may have come with the same value, and with any key. */
  values: z.array(storedValue),
  /** The greatest cursor when the pass began: where it ends, and where the next one begins. Each batch sees the database of its own moment. */
  until: storedValue.optional(),
});

export type IncrementalState = z.output<typeof incrementalState>;

export const namesOf = (terms: readonly Term[]): string[] => terms.map(({ name }) => name);
const areEqual = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((each, index) => each === b[index]);

/** Where a full refresh goes on; `'DONE'` when it is complete, `[]` at the beginning, also when the order has changed since. */
export function fullPosition(state: JsonObject | null, order: readonly Term[]): readonly StoredValue[] | 'DONE' {
  const parsed = fullState.safeParse(state).data;
  if (!parsed) return [];
  if ('complete' in parsed) return 'DONE';
  return order.length > 0 && areEqual(parsed.orderedBy, namesOf(order)) && parsed.values.length === order.length ? parsed.values : [];
}

export const fullStateAt = (order: readonly Term[], values: readonly StoredValue[]): JsonObject => ({
  orderedBy: namesOf(order),
  values: [...values],
});

/** Begins anew when the cursor field is another one; goes on by the cursor alone when the order is another one. */
export function incrementalPosition(state: JsonObject | null, plan: Plan, cursor: Term & { notNull: boolean }): IncrementalState {
  const parsed = incrementalState.safeParse(state).data;
  const fresh = { cursorField: cursor.name, nulls: !cursor.notNull, orderedBy: [], values: [] };
  if (parsed?.cursorField !== cursor.name) return fresh;
  if (areEqual(parsed.orderedBy, namesOf(parsed.nulls ? plan.unique : [cursor, ...plan.unique]))) return parsed;
  return parsed.nulls ? fresh : { ...parsed, orderedBy: parsed.orderedBy.slice(0, 1), values: parsed.values.slice(0, 1) };
}

export const incrementalStateOf = ({ until, ...rest }: IncrementalState): JsonObject => ({ ...rest, ...(until === undefined ? {} : { until }) });
