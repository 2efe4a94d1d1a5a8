import { isAscii, isUtf8 } from 'node:buffer';
import { SourceFailure } from '../../connector/failures.ts';

/** An item that is longer cannot be read: what we hold in memory of a file is bounded by it. */
export const maxItemBytes = 64 * 1024 * 1024;

/** Stands where bytes were not UTF-8. No valid text decodes to a lone surrogate, so it tells a damaged item apart for certain. */
export const damage = '\udfff';

/**
 * Decodes UTF-8 into pieces of text that end after a given ASCII byte, so that no character is torn. Drops a byte order mark.
 * @param boundary a newline for lines, `}` for JSON objects
 * @throws SourceFailure CONFIG when there is no boundary within 64 MiB, or the text is UTF-16
 */
export async function* textOf(bytes: AsyncIterable<Uint8Array>, boundary: number): AsyncGenerator<string> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let first = true;
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(boundary) + 1;
    if (end > 0) {
      pending.push(chunk.subarray(0, end));
      yield decode(pending, boundary, first);
      first = false;
      pending = [];
      pendingBytes = 0;
    }
    if (end < chunk.length) pending.push(chunk.subarray(end));
    pendingBytes += chunk.length - end;
    if (pendingBytes > maxItemBytes) throw new SourceFailure('CONFIG', 'The file holds a line or record that is longer than 64 MiB.');
  }
  if (pending.length > 0) yield decode(pending, boundary, first);
}

function decode(parts: readonly Uint8Array[], boundary: number, first: boolean): string {
  let bytes = parts.length === 1 ? toBuffer(parts[0] as Uint8Array) : Buffer.concat(parts);
  if (first) {
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
      throw new SourceFailure('CONFIG', 'The file is encoded in UTF-16; save it as UTF-8.');
    }
  }
  if (isAscii(bytes)) return bytes.toString('latin1');
  return isUtf8(bytes) ? bytes.toString() : decodeDamaged(bytes, boundary);
}

/** Marks the damage as closely as the boundaries allow, so that the neighbours of a damaged item are read. */
function decodeDamaged(bytes: Buffer, boundary: number): string {
  let text = '';
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(boundary, start);
    const end = next < 0 ? bytes.length : next + 1;
    const part = bytes.subarray(start, end);
    text += isUtf8(part) ? part.toString() : part.toString().replaceAll('\ufffd', damage);
    start = end;
  }
  return text;
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
