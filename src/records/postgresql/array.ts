import { longestKeyBytes, type StoredKey, writeKey } from './key.ts';

/**
 * Arrays in the binary format: what the driver does with an array of ours is text that escapes each quote of the JSON, on both sides.
 * @see array_recv of PostgreSQL: dimensions, whether there are nulls, type, length, lower bound; then length and bytes of each element
 */
const types = { bytea: 17, text: 25 } as const;
const headerBytes = 20;

export function textArray(texts: readonly (string | null)[]): Buffer {
  let bytes = 0;
  for (const text of texts) bytes += text === null ? 0 : Buffer.byteLength(text);
  return array(types.text, texts.length, bytes, (index, buffer, at) => {
    const text = texts[index] ?? null;
    return text === null ? -1 : buffer.write(text, at);
  });
}

export function keyArray(keys: readonly StoredKey[]): Buffer {
  let bytes = 0;
  for (const key of keys) bytes += longestKeyBytes(key);
  return array(types.bytea, keys.length, bytes, (index, buffer, at) => writeKey(keys[index] as StoredKey, buffer, at));
}

/** @param write writes an element and returns its bytes, or -1 for null */
function array(type: number, length: number, mostBytes: number, write: (index: number, buffer: Buffer, at: number) => number): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + length * 4 + mostBytes);
  for (const [index, value] of [1, 1, type, length, 1].entries()) buffer.writeInt32BE(value, index * 4);
  let at = headerBytes;
  for (let index = 0; index < length; index += 1) {
    const bytes = write(index, buffer, at + 4);
    buffer.writeInt32BE(bytes, at);
    at += 4 + Math.max(0, bytes);
  }
  return buffer.subarray(0, at);
}
