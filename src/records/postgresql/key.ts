import { hash } from 'node:crypto';

/** A key as it is stored and compared. `text` is set only where `value` cannot be turned back. */
export interface StoredKey {
  readonly kind: Kind;
  readonly value: string;
  readonly text: string | null;
}

/** The first byte of a stored key tells how to read the rest. */
const kinds = { text: 0x74, parts: 0x70, uuid: 0x75, hash: 0x68 } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const longestText = 40;

/** The smallest value that tells keys apart, since the index of a million random texts no longer fits the memory. Not the same as in SQLite. */
export function encodeKey(parts: readonly string[]): StoredKey {
  const [only] = parts;
  if (only === undefined || parts.length > 1) return encodeText(kinds.parts, JSON.stringify(parts), parts);
  if (only.length === 36 && uuid.test(only)) return { kind: kinds.uuid, value: only.replaceAll('-', ''), text: null };
  return encodeText(kinds.text, only, parts);
}

function encodeText(kind: Kind, value: string, parts: readonly string[]): StoredKey {
  // A lone surrogate would become U+FFFD in UTF-8 and meet others; as JSON it is escaped.
  if (value.length <= longestText && value.isWellFormed()) return { kind, value, text: null };
  const json = JSON.stringify(parts);
  return { kind: kinds.hash, value: hash('sha256', json, 'hex'), text: json };
}

/** The most bytes that `writeKey` writes. */
export const longestKeyBytes = (key: StoredKey) => 1 + (isHex(key) ? key.value.length / 2 : key.value.length * 3);

/** @returns how many bytes were written */
export function writeKey(key: StoredKey, buffer: Buffer, at: number): number {
  buffer[at] = key.kind;
  return 1 + buffer.write(key.value, at + 1, isHex(key) ? 'hex' : 'utf8');
}

const isHex = ({ kind }: StoredKey) => kind === kinds.uuid || kind === kinds.hash;

export function decodeKey(stored: Buffer | null, text: string | null): string[] {
  if (text !== null) return JSON.parse(text) as string[];
  if (stored === null) return [];
  const value = stored.subarray(1);
  if (stored[0] === kinds.text) return [value.toString()];
  if (stored[0] === kinds.parts) return JSON.parse(value.toString()) as string[];
  return [value.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')];
}
