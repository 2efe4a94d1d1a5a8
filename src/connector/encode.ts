import type { FieldPath, StreamToRead } from './connector.ts';
import type { EncodedRecord } from './messages.ts';

/** Why an item of a source cannot become a record. Names the field, never shows a value. */
export interface Rejection {
  readonly rejected: string;
}

/** Objects and arrays inside each other, the record itself included. Deeper ones exhaust the stack of somebody downstream. */
export const maxDepth = 200;

/**
 * Prints a record as JSON with the selected fields and takes the values of its primary key.
 * Loses nothing: `bigint` beyond 2^53 becomes a string, `Date` an ISO string, bytes base64; what JSON cannot hold is rejected. `undefined` is left out.
 */
export function encodeRecord(stream: StreamToRead, data: Record<string, unknown>): EncodedRecord | Rejection {
  const key = keyOf(stream, data);
  if (key !== null && 'rejected' in key) return key;
  if (stream.selectedFields === null && isPlainObject(data, 1)) return { key, json: JSON.stringify(data) };
  const parts: string[] = [];
  for (const name of stream.selectedFields ?? Object.keys(data)) {
    if (!Object.hasOwn(data, name)) continue;
    try {
      const json = print(data[name], 2);
      if (json !== undefined) parts.push(`${quote(name)}:${json}`);
    } catch (error) {
      if (error instanceof Unprintable) return { rejected: `${nameOf([name])} ${error.message}` };
      throw error;
    }
  }
  return { key, json: `{${parts.join(',')}}` };
}

// What JSON.stringify escapes: control characters, quotes, backslashes, lone surrogates (any surrogate here, to keep it cheap).
const needsEscape = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** A string as JSON. Most text needs no escapes, and finding that out is cheaper than a call of JSON.stringify. */
export function quote(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** The values of the primary key as text, `null` when the stream has none. */
export function keyOf(stream: StreamToRead, data: Record<string, unknown>): readonly string[] | null | Rejection {
  if (stream.primaryKey.length === 0) return null;
  const key: string[] = [];
  for (const path of stream.primaryKey) {
    const value = valueAt(data, path);
    if (typeof value === 'string') key.push(value);
    else if (typeof value === 'number' && Number.isFinite(value)) key.push(String(value));
    else if (value === null || value === undefined) return { rejected: `${nameOf(path)} is part of the primary key, but is missing or null` };
    else {
      const text = keyText(value);
      if (text === null) return { rejected: `${nameOf(path)} is part of the primary key, but holds what cannot be a key` };
      key.push(text);
    }
  }
  return key;
}

/** The value at a path, `undefined` when it leads nowhere. */
export function valueAt(data: Record<string, unknown>, path: FieldPath): unknown {
  let value: unknown = data;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function keyText(value: unknown): string | null {
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  try {
    const json = print(value, 2);
    // Dates and bytes print as a JSON string: the key is the string itself.
    return json === undefined ? null : json.startsWith('"') ? (JSON.parse(json) as string) : json;
  } catch (error) {
    if (error instanceof Unprintable) return null;
    throw error;
  }
}

/** Whether JSON.stringify prints the value as we would: the common case, told apart without printing anything. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (depth > maxDepth) return false;
      if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
      return isPlainObject(value as Record<string, unknown>, depth);
    default:
      return false;
  }
}

function isPlainObject(value: Record<string, unknown>, depth: number): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const name in value) if (!isPlain(value[name], depth + 1)) return false;
  return true;
}

class Unprintable extends Error {}

/** @returns `undefined` for what is left out. @param depth that the value has if it is an object or array */
function print(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'boolean':
      return String(value);
    case 'undefined':
      return undefined;
    case 'number':
      if (!Number.isFinite(value)) throw new Unprintable('holds a number that is not finite');
      return String(value);
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
    case 'object':
      return value === null ? 'null' : printObject(value, depth);
    default:
      throw new Unprintable(`holds a ${typeof value}, which JSON cannot hold`);
  }
}

function printObject(value: object, depth: number): string | undefined {
  // A cycle ends here too.
  if (depth > maxDepth) throw new Unprintable(`is nested deeper than ${maxDepth} levels, or contains itself`);
  if (Array.isArray(value)) return `[${value.map((item) => print(item, depth + 1) ?? 'null').join(',')}]`;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new Unprintable('holds an invalid date');
    return `"${value.toISOString()}"`;
  }
  if (value instanceof Uint8Array) return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new Unprintable(`holds a ${value.constructor.name}, which JSON cannot hold`);
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return print(value.toJSON(), depth + 1);
  const parts: string[] = [];
  for (const [name, item] of Object.entries(value)) {
    const json = print(item, depth + 1);
    if (json !== undefined) parts.push(`${quote(name)}:${json}`);
  }
  return `{${parts.join(',')}}`;
}

function nameOf(path: FieldPath): string {
  const name = path.join('.');
  return `field "${name.length > 100 ? `${name.slice(0, 100)}…` : name}"`;
}
