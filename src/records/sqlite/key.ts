import { hash } from 'node:crypto';

/** A key as it is stored and compared. `text` is set only where `value` cannot be turned back. */
export interface StoredKey {
  readonly value: bigint | Buffer | string;
  readonly text: string | null;
}

const integer = /^(?:0|-?[1-9][0-9]{0,15})$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const longestText = 40;

/**
 * The smallest value that tells keys apart, since the index of a million random texts no longer fits the cache: whole numbers as INTEGER, UUIDs as
 * 16 bytes, other short text as TEXT, the rest as its SHA-256. The storage classes and lengths differ, so two keys with as many parts never meet.
 */
export function encodeKey(parts: readonly string[]): StoredKey {
  const [only] = parts;
  if (only === undefined || parts.length > 1) return encodeText(JSON.stringify(parts), parts);
  // As a bigint, because the driver binds a number as REAL, and a column of no type keeps that.
  if (only.length <= 16 && integer.test(only) && Number.isSafeInteger(Number(only))) return { value: BigInt(Number(only)), text: null };
  if (only.length === 36 && uuid.test(only)) return { value: Buffer.from(only.replaceAll('-', ''), 'hex'), text: null };
  return encodeText(only, parts);
}

function encodeText(text: string, parts: readonly string[]): StoredKey {
  // A lone surrogate would become U+FFFD in UTF-8 and meet others; as JSON it is escaped.
  if (text.length <= longestText && text.isWellFormed()) return { value: text, text: null };
  const json = JSON.stringify(parts);
  return { value: hash('sha256', json, 'buffer'), text: json };
}

/** @param count how many parts the keys of the generation have */
export function decodeKey(value: unknown, text: string | null, count: number): string[] {
  if (text !== null) return JSON.parse(text) as string[];
  if (typeof value === 'string') return count === 1 ? [value] : (JSON.parse(value) as string[]);
  if (Buffer.isBuffer(value)) return [value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')];
  return [String(value)];
}
