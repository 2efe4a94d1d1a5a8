import { quoteLongNumbers } from '../../connector/json-text.ts';
import type { Column } from './catalog.ts';
import { isText, printerOf } from './types.ts';

/** Where JSON is written to. Bytes, because half of what a record costs is the strings it would be put together from. */
export interface Output {
  bytes: Buffer;
  length: number;
  /** What a row needs beside twice its own bytes: names, quotes, `false` for `f`. */
  readonly overhead: number;
}

/**
 * Writes one column as JSON. The caller has made room for twice the rest of the row and `overhead`; who needs more calls `reserve`.
 * @returns the index of the tab after the column, or `rowEnd`
 */
export type Encode = (input: Buffer, at: number, rowEnd: number, out: Output) => number;

const [tab, space, quote, point, digit0, digit9, upperE, backslash, lowerE] = [9, 32, 34, 46, 48, 57, 69, 92, 101] as const;
/** Digits, point included, from which on a number may lose some in a double. */
const shortestLongNumber = 16;
const [nullBytes, trueBytes, falseBytes] = [Buffer.from('null'), Buffer.from('true'), Buffer.from('false')] as const;
const hex = Buffer.from('0123456789abcdef');
const largestSafe = Buffer.from(String(Number.MAX_SAFE_INTEGER));

export function reserve(out: Output, needed: number): void {
  if (out.bytes.length - out.length >= needed) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(out.bytes.length * 2, out.length + needed));
  out.bytes.copy(larger, 0, 0, out.length);
  out.bytes = larger;
}

export function write(out: Output, source: Buffer): void {
  let { length } = out;
  for (let index = 0; index < source.length; index++) out.bytes[length++] = source[index] as number;
  out.length = length;
}

/** Chooses once per column; NULL is treated here for all of them. */
export function encoderOf(column: Column): Encode {
  const encode = valueEncoderOf(column);
  return (input, at, rowEnd, out) => {
    // COPY writes a value that looks like this as \\N.
    if (input[at] !== backslash || input[at + 1] !== 78) return encode(input, at, rowEnd, out);
    write(out, nullBytes);
    return at + 2;
  };
}

function valueEncoderOf(column: Column): Encode {
  if (isText(column)) return encodeText;
  if (column.type.element) return encodePrinted(printerOf(column));
  switch (column.type.oid) {
    case 21:
    case 23:
    case 26:
      return copyColumn;
    case 16:
      return (input, at, _rowEnd, out) => {
        write(out, input[at] === 116 ? trueBytes : falseBytes);
        return at + 1;
      };
    case 20:
      return quotedWhen(isUnsafe);
    case 700:
    case 701:
      // NaN and the infinities have a letter at the end, which no number has.
      return quotedWhen((bytes, _start, end) => (bytes[end - 1] as number) > digit9);
    case 1082:
    case 1083:
    case 1186:
    case 1266:
    case 1700:
    case 2950:
      return quotedWhen(() => true);
    case 1114:
    case 1184:
      return encodeTimestamp(encodePrinted(printerOf(column)));
    case 114:
    case 3802:
      return encodeJson;
    default:
      return encodePrinted(printerOf(column));
  }
}

const copyColumn: Encode = (input, at, rowEnd, out) => {
  const { bytes } = out;
  let { length } = out;
  for (; at < rowEnd; at++) {
    const byte = input[at] as number;
    if (byte === tab) break;
    bytes[length++] = byte;
  }
  out.length = length;
  return at;
};

/** For values without anything to escape. */
function quotedWhen(isString: (bytes: Buffer, start: number, end: number) => boolean): Encode {
  return (input, at, rowEnd, out) => {
    const start = out.length++;
    const end = copyColumn(input, at, rowEnd, out);
    if (isString(input, at, end)) {
      out.bytes[start] = quote;
      out.bytes[out.length++] = quote;
    } else {
      out.bytes.copyWithin(start, start + 1, out.length--);
    }
    return end;
  };
}

function isUnsafe(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] === 45 ? start + 1 : start;
  if (end - first !== largestSafe.length) return end - first > largestSafe.length;
  return bytes.compare(largestSafe, 0, largestSafe.length, first, end) > 0;
}

/**
 * COPY escapes backslashes and line ends exactly as JSON does, so they are left as they are.
 * It leaves double quotes and the rarer control characters alone, and has an escape for the vertical tab, which JSON has not.
 */
const encodeText: Encode = (input, at, rowEnd, out) => {
  let { bytes, length } = out;
  bytes[length++] = quote;
  while (at < rowEnd) {
    const byte = input[at] as number;
    if (byte >= space && byte !== quote && byte !== backslash) {
      bytes[length++] = byte;
      at++;
    } else if (byte === tab) {
      break;
    } else if (byte === quote) {
      bytes[length++] = backslash;
      bytes[length++] = quote;
      at++;
    } else if (byte === backslash && input[at + 1] !== 118) {
      bytes[length++] = backslash;
      bytes[length++] = input[at + 1] as number;
      at += 2;
    } else {
      out.length = length;
      reserve(out, 6 * (rowEnd - at) + out.overhead);
      at += byte === backslash ? 2 : 1;
      writeControl(out, byte === backslash ? 11 : byte);
      ({ bytes, length } = out);
    }
  }
  bytes[length++] = quote;
  out.length = length;
  return at;
};

function writeControl(out: Output, byte: number): void {
  for (const each of [backslash, 117, digit0, digit0, hex[byte >> 4] as number, hex[byte & 15] as number]) out.bytes[out.length++] = each;
}

/** Escaped line ends and tabs stand between tokens only, inside strings JSON has its own: a space keeps the record on one line. */
const encodeJson: Encode = (input, at, rowEnd, out) => {
  const { bytes, length: start } = out;
  let length = start;
  let digits = 0;
  let suspicious = false;
  for (; at < rowEnd; at++) {
    const byte = input[at] as number;
    if (byte === tab) break;
    if (byte === backslash) bytes[length++] = input[++at] === backslash ? backslash : space;
    else bytes[length++] = byte;
    if ((byte >= digit0 && byte <= digit9) || byte === point) digits++;
    else {
      // 1e400 is short and yet more than a double holds.
      if (digits > 0 && (byte === lowerE || byte === upperE)) suspicious = true;
      digits = 0;
    }
    if (digits >= shortestLongNumber) suspicious = true;
  }
  out.length = length;
  if (suspicious) quoteNumbersSince(start, rowEnd - at, out);
  return at;
};

/** Numbers in a document that a reader would round become strings, like those in columns. */
function quoteNumbersSince(start: number, rest: number, out: Output): void {
  const quoted = quoteLongNumbers(out.bytes.toString('utf8', start, out.length));
  out.length = start;
  reserve(out, 3 * quoted.length + 2 * rest + out.overhead);
  out.length += out.bytes.write(quoted, out.length, 'utf8');
}

/** ISO 8601 in place; `otherwise` for infinities and years that have not four digits. */
function encodeTimestamp(otherwise: Encode): Encode {
  return (input, at, rowEnd, out) => {
    const start = out.length;
    out.bytes[out.length++] = quote;
    const end = copyColumn(input, at, rowEnd, out);
    const { bytes } = out;
    const last = bytes[out.length - 1] as number;
    if (bytes[start + 11] !== space || last < digit0 || last > digit9) {
      out.length = start;
      return otherwise(input, at, rowEnd, out);
    }
    bytes[start + 11] = 84;
    if (bytes[out.length - 3] === 43) {
      out.length -= 3;
      bytes[out.length++] = 90;
    }
    bytes[out.length++] = quote;
    return end;
  };
}

function encodePrinted(print: (raw: string) => string): Encode {
  return (input, at, rowEnd, out) => {
    let end = at;
    while (end < rowEnd && input[end] !== tab) end++;
    const json = print(input.toString('utf8', at, end));
    reserve(out, 3 * json.length + 2 * (rowEnd - end) + out.overhead);
    out.length += out.bytes.write(json, out.length, 'utf8');
    return end;
  };
}
