import { z } from 'zod';
import { quote } from '../../connector/encode.ts';

/** As better-sqlite3 gives it: every integer a bigint. */
export type SqlValue = string | bigint | number | Buffer | null;

export type Row = readonly SqlValue[];

export function printValue(value: SqlValue): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? String(number) : `"${value}"`;
    }
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    default:
      return value === null ? 'null' : `"${value.toString('base64')}"`;
  }
}

/** A value in a state, so that it can be bound again exactly as it was. `text` are the bytes of a text that is not valid UTF-8. */
export const storedValue = z.union([
  z.string(),
  z.object({ integer: z.string().regex(/^-?\d+$/) }),
  z.object({ real: z.string() }),
  z.object({ blob: z.base64() }),
  z.object({ text: z.base64() }),
]);
export type StoredValue = z.output<typeof storedValue>;

/** What stands for bytes that are no UTF-8. The text itself may hold it too. */
const replacement = '\ufffd';

export const mayBeDamaged = (value: SqlValue): boolean => typeof value === 'string' && value.includes(replacement);

/** @param bytes of the value as text, needed when it may be damaged */
export function storeValue(value: SqlValue, bytes?: Buffer): StoredValue {
  if (typeof value === 'string') return bytes && mayBeDamaged(value) ? { text: bytes.toString('base64') } : value;
  if (typeof value === 'bigint') return { integer: String(value) };
  if (typeof value === 'number') return { real: String(value) };
  return { blob: (value ?? Buffer.alloc(0)).toString('base64') };
}

/** The value as a parameter of a statement. */
export function bindable(stored: StoredValue): { readonly sql: string; readonly value: SqlValue } {
  if (typeof stored === 'string') return { sql: '?', value: stored };
  if ('integer' in stored) return { sql: '?', value: BigInt(stored.integer) };
  if ('real' in stored) return { sql: '?', value: Number(stored.real) };
  if ('blob' in stored) return { sql: '?', value: Buffer.from(stored.blob, 'base64') };
  return { sql: 'CAST(? AS TEXT)', value: Buffer.from(stored.text, 'base64') };
}
