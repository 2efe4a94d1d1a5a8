import { z } from 'zod';
import type { JsonObject } from '../../connector/connector.ts';
import type { Column } from './catalog.ts';
import type { Plan } from './plan.ts';

/** A full refresh: after the record with these values, or done. */
const fullState = z.union([z.object({ complete: z.literal(true) }), z.object({ orderedBy: z.array(z.string()), values: z.array(z.string()) })]);

/**
 * An incremental read: at the record with these values. Values are as PostgreSQL writes them, so that nothing is lost.
 *
 * Records without a cursor value are read once, before the others, while `nulls` is true.
 */
const incrementalState = z.object({
  cursorField: z.string(),
  nulls: z.boolean(),
  orderedBy: z.array(z.string()),
  /** `[]`: at the beginning. Only the cursor once a pass is done: more records may have come with the same value, and with any key. */
  values: z.array(z.string()),
  /**
   * The cursor where an interrupted pass went on. Records that came meanwhile with that cursor and a smaller key were skipped,
   * so the next pass begins there, not at the end of this one.
   */
  resumedAt: z.string().optional(),
});

export type IncrementalState = z.output<typeof incrementalState>;

const namesOf = (columns: readonly Column[]): string[] => columns.map(({ name }) => name);
const areEqual = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((each, index) => each === b[index]);

/** Where a full refresh goes on; `'DONE'` when it is complete, `null` at the beginning, also when the order has changed since. */
export function fullPosition(state: JsonObject | null, order: readonly Column[]): readonly string[] | 'DONE' | null {
  const parsed = fullState.safeParse(state).data;
  if (!parsed) return null;
  if ('complete' in parsed) return 'DONE';
  return order.length > 0 && areEqual(parsed.orderedBy, namesOf(order)) && parsed.values.length === order.length ? parsed.values : null;
}

export const fullStateAt = (order: readonly Column[], values: readonly string[]): JsonObject => ({ orderedBy: namesOf(order), values: [...values] });

/** Begins anew when the cursor field is another one; goes on by the cursor alone when the key is another one. */
export function incrementalPosition(state: JsonObject | null, { order, cursor }: Plan & { cursor: Column }): IncrementalState {
  const parsed = incrementalState.safeParse(state).data;
  const fresh = { cursorField: cursor.name, nulls: !cursor.notNull, orderedBy: [], values: [] };
  if (parsed?.cursorField !== cursor.name) return fresh;
  const expected = namesOf(parsed.nulls ? order : [cursor, ...order]);
  if (areEqual(parsed.orderedBy, expected)) return parsed;
  if (parsed.nulls) return fresh;
  return { ...parsed, orderedBy: parsed.orderedBy.slice(0, 1), values: parsed.values.slice(0, 1) };
}

export const incrementalStateOf = ({ resumedAt, ...rest }: IncrementalState): JsonObject => ({
  ...rest,
  ...(resumedAt === undefined ? {} : { resumedAt }),
});
