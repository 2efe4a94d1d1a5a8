import { TypeID } from 'typeid-js';

/** Where a record lives. Its public id is nothing but this, so no id has to be stored or indexed. */
export interface RecordPlace {
  /** 1 … 2^30 - 1 */
  readonly collectionNumber: number;
  /** 1 … 2^48 - 1 */
  readonly generation: number;
  /** 1 … 2^44 - 1 */
  readonly row: number;
}

const prefix = 'rec';
const shape = /^rec_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/**
 * The TypeID of a record: a UUIDv7 whose timestamp is the generation and whose 74 free bits are collection number and row,
 * so ids sort like the records of a collection do.
 * @throws RangeError when a part does not fit
 */
export function encodeRecordId(place: RecordPlace): string {
  const free = (bits(place.collectionNumber, 30) << 44n) | bits(place.row, 44);
  const uuid = (bits(place.generation, 48) << 80n) | (7n << 76n) | ((free >> 62n) << 64n) | (2n << 62n) | BigInt.asUintN(62, free);
  return TypeID.fromUUIDBytes(prefix, Buffer.from(uuid.toString(16).padStart(32, '0'), 'hex')).toString();
}

/** `undefined` for anything that `encodeRecordId` cannot have made. */
export function decodeRecordId(id: string): RecordPlace | undefined {
  if (!shape.test(id)) return undefined;
  const uuid = BigInt(`0x${Buffer.from(TypeID.fromString(id, prefix).toUUIDBytes()).toString('hex')}`);
  if (BigInt.asUintN(4, uuid >> 76n) !== 7n || BigInt.asUintN(2, uuid >> 62n) !== 2n) return undefined;
  const free = (BigInt.asUintN(12, uuid >> 64n) << 62n) | BigInt.asUintN(62, uuid);
  const place = { collectionNumber: Number(free >> 44n), generation: Number(uuid >> 80n), row: Number(BigInt.asUintN(44, free)) };
  return place.collectionNumber > 0 && place.generation > 0 && place.row > 0 ? place : undefined;
}

function bits(value: number, width: number): bigint {
  if (!Number.isSafeInteger(value) || value < 1 || value >= 2 ** width) throw new RangeError(`${value} is not between 1 and 2^${width} - 1`);
  return BigInt(value);
}
