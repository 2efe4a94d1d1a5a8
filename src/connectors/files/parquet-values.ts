import type { SchemaElement, TimeUnit } from 'hyparquet';
import { parseFloat16 } from 'hyparquet/src/convert.js';
import type { JsonObject } from '../../connector/connector.ts';
import { maxDepth, quote } from '../../connector/encode.ts';
import { isDeeperThan, mayHoldLongNumber, quoteLongNumbers } from '../../connector/json-text.ts';

/** Makes JSON of a value that is there. @throws Unprintable */
export type Print = (value: unknown) => string;

export interface ValueType {
  readonly print: Print;
  readonly schema: JsonObject;
}

/** A value that cannot become JSON; the message follows "field x ". */
export class Unprintable extends Error {}

/** Stands for text that was not UTF-8. */
export const damagedText = Symbol('not UTF-8');

const fractionDigits: Record<TimeUnit, number> = { MILLIS: 3, MICROS: 6, NANOS: 9 };

const printNumber: Print = (value) => (Number.isFinite(value) ? String(value) : `"${String(value)}"`);
const printBigint = (value: bigint): string => (Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`);
const bytesOf = (value: unknown): Buffer => {
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
};
const printText: Print = (value) => {
  if (value === damagedText) throw new Unprintable('holds text that is not UTF-8');
  return quote(value as string);
};

const integer: JsonObject = { type: 'integer' };
const longInteger: JsonObject = { type: ['integer', 'string'] };
const text = (format?: string): JsonObject => ({ type: 'string', ...(format ? { format } : {}) });

/** @param element as the file describes it. What the library makes of it would lose digits, so it is given bare values and converts nothing but text. */
export function valueTypeOf({ type, converted_type: converted, logical_type: logical, scale }: SchemaElement): ValueType {
  if (type === 'BOOLEAN') return { print: String, schema: { type: 'boolean' } };
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const places = scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0) ?? 0;
    return { print: (value) => `"${decimalText(unscaled(value), places)}"`, schema: text() };
  }
  if (converted === 'DATE' || logical?.type === 'DATE') return { print: (value) => `"${dayText(Number(value))}"`, schema: text('date') };
  const timestamp =
    logical?.type === 'TIMESTAMP'
      ? logical
      : unitOf(converted, 'TIMESTAMP') && { unit: unitOf(converted, 'TIMESTAMP') as TimeUnit, isAdjustedToUTC: true };
  if (timestamp || type === 'INT96') {
    const { unit, isAdjustedToUTC } = timestamp ?? { unit: 'NANOS', isAdjustedToUTC: true };
    const zone = isAdjustedToUTC ? 'Z' : '';
    return {
      print: (value) => `"${timestampText(value as bigint, fractionDigits[unit])}${zone}"`,
      schema: text(isAdjustedToUTC ? 'date-time' : undefined),
    };
  }
  const timeUnit = logical?.type === 'TIME' ? logical.unit : unitOf(converted, 'TIME');
  if (timeUnit) return { print: (value) => `"${timestampText(BigInt(value as number), fractionDigits[timeUnit]).split('T')[1]}"`, schema: text() };
  const isUnsigned = converted?.startsWith('UINT') || (logical?.type === 'INTEGER' && !logical.isSigned);
  if (type === 'INT32') return { print: isUnsigned ? (value) => String((value as number) >>> 0) : String, schema: integer };
  if (type === 'INT64')
    return { print: (value) => printBigint(isUnsigned ? BigInt.asUintN(64, value as bigint) : (value as bigint)), schema: longInteger };
  if (type === 'FLOAT' || type === 'DOUBLE') return { print: printNumber, schema: { type: ['number', 'string'] } };
  if (logical?.type === 'FLOAT16')
    return { print: (value) => printNumber(parseFloat16(value as Uint8Array)), schema: { type: ['number', 'string'] } };
  if (logical?.type === 'UUID') return { print: (value) => `"${uuidText(bytesOf(value).toString('hex'))}"`, schema: text('uuid') };
  if (converted === 'INTERVAL') return { print: (value) => `"${intervalText(bytesOf(value))}"`, schema: text('duration') };
  if (converted === 'JSON' || logical?.type === 'JSON') return { print: printJson, schema: {} };
  if (isText(converted, logical)) return { print: printText, schema: text() };
  return { print: (value) => `"${bytesOf(value).toString('base64')}"`, schema: { type: 'string', contentEncoding: 'base64' } };
}

function isText(converted: SchemaElement['converted_type'], logical: SchemaElement['logical_type']): boolean {
  return converted === 'UTF8' || converted === 'ENUM' || logical?.type === 'STRING' || logical?.type === 'ENUM';
}

/** The element without what would make the library convert it. Text it may decode, once for each entry of a dictionary. */
export function bare(element: SchemaElement): SchemaElement {
  if (!element.type) return element;
  const { converted_type: converted, logical_type: logical, ...rest } = element;
  const isDecoded = isText(converted, logical) || converted === 'JSON' || logical?.type === 'JSON';
  return isDecoded ? { ...rest, converted_type: 'UTF8' } : rest;
}

function unitOf(converted: SchemaElement['converted_type'], kind: 'TIME' | 'TIMESTAMP'): TimeUnit | undefined {
  if (converted === `${kind}_MILLIS`) return 'MILLIS';
  return converted === `${kind}_MICROS` ? 'MICROS' : undefined;
}

function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  return value.length === 0 ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${bytesOf(value).toString('hex')}`));
}

function decimalText(value: bigint, places: number): string {
  if (places <= 0) return String(value * 10n ** BigInt(-places));
  const digits = String(value < 0n ? -value : value).padStart(places + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** @param digits of the fraction of a second, which are all kept, so that the text sorts as the time does */
function timestampText(value: bigint, digits: number): string {
  const unit = 10 ** digits;
  const number = Number(value);
  let seconds = Math.floor(number / unit);
  let fraction = number - seconds * unit;
  // Nanoseconds of our time are beyond what a number holds exactly.
  if (!Number.isSafeInteger(number)) {
    const rest = ((value % BigInt(unit)) + BigInt(unit)) % BigInt(unit);
    seconds = Number((value - rest) / BigInt(unit));
    fraction = Number(rest);
  }
  const day = Math.floor(seconds / 86_400);
  const second = seconds - day * 86_400;
  const [hh, mm, ss] = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
  return `${dayText(day)}T${twoDigits[hh]}:${twoDigits[mm]}:${twoDigits[ss]}.${String(fraction).padStart(digits, '0')}`;
}

const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

// Neighbours often share a day, and making a Date of each is what takes the time.
let lastDay = Number.NaN;
let lastDayText = '';

/** @param day counted from 1970-01-01 */
function dayText(day: number): string {
  if (day === lastDay) return lastDayText;
  const date = new Date(day * 86_400_000);
  if (Number.isNaN(date.getTime())) throw new Unprintable('holds a date that no calendar has');
  lastDayText = date.toISOString().slice(0, -'T00:00:00.000Z'.length);
  lastDay = day;
  return lastDayText;
}

function uuidText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function intervalText(bytes: Buffer): string {
  return `P${bytes.readUInt32LE(0)}M${bytes.readUInt32LE(4)}DT${bytes.readUInt32LE(8) / 1000}S`;
}

/** Stays as it is; what is no JSON is text. */
function printJson(value: unknown): string {
  if (value === damagedText) return printText(value);
  const json = value as string;
  try {
    JSON.parse(json);
  } catch {
    return quote(json);
  }
  if (isDeeperThan(maxDepth / 2, json)) throw new Unprintable(`holds JSON that is nested deeper than ${maxDepth / 2} levels`);
  return (mayHoldLongNumber(json) ? quoteLongNumbers(json) : json).replace(/[\r\n]+/g, ' ');
}
