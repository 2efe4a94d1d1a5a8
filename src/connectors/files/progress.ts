import { z } from 'zod';
import type { FieldPath, JsonObject, StreamToRead } from '../../connector/connector.ts';
import { type FileVersion, isSameVersion } from './opened-file.ts';
import type { CursorValue } from './reader.ts';

const cursorValue = z.union([z.string(), z.number()]).nullable();

const stateSchema = z.object({
  version: z.object({ modifiedAt: z.string().nullable(), sizeBytes: z.number().nullable(), etag: z.string().nullable() }),
  position: z.number(),
  complete: z.boolean(),
  cursorField: z.array(z.string()).nullable(),
  since: cursorValue,
  greatest: cursorValue,
});

/** How far a stream is read. */
export interface Progress {
  readonly version: FileVersion;
  /** Items of this version that are done with, the rejected ones included. */
  position: number;
  complete: boolean;
  /** `null`: the file's version alone decides what is new. */
  readonly cursorField: FieldPath | null;
  /** Records below it came with an earlier, complete reading. */
  readonly since: CursorValue | null;
  /** The greatest cursor value of this reading. */
  greatest: CursorValue | null;
}

/** Where to go on in a file of this version. A file that has changed is read from its beginning. */
export function resume(stream: StreamToRead, version: FileVersion): Progress {
  const cursorField = stream.syncMode.startsWith('INCREMENTAL') ? stream.cursorField : null;
  const parsed = stateSchema.safeParse(stream.state);
  const known = parsed.success && samePath(parsed.data.cursorField, cursorField) ? parsed.data : null;
  if (known && isSameVersion(known.version, version)) return { ...known, version, cursorField };
  // A reading that broke off has not passed all records below its greatest value: only a complete one moves the limit.
  const since = known ? (known.complete ? known.greatest : known.since) : null;
  return { version, position: 0, complete: false, cursorField, since, greatest: since };
}

export function toState(progress: Progress): JsonObject {
  const { version, position, complete, cursorField, since, greatest } = progress;
  return { version, position, complete, cursorField: cursorField === null ? null : [...cursorField], since, greatest };
}

/** Takes note of a record's cursor value. @returns whether the record is new; the one on the limit is, for others may share its value */
export function advance(progress: Progress, value: CursorValue | null): boolean {
  if (value === null) return true;
  if (progress.greatest === null || compare(value, progress.greatest) > 0) progress.greatest = value;
  return progress.since === null || compare(value, progress.since) >= 0;
}

const integerText = /^-?\d+$/;

/** Numbers as numbers, also when they are integers beyond 2^53 in a string; anything else as text. */
function compare(one: CursorValue, other: CursorValue): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [left, right] = [String(one), String(other)];
  if (integerText.test(left) && integerText.test(right)) return Number(BigInt(left) - BigInt(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

function samePath(one: FieldPath | null, other: FieldPath | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
