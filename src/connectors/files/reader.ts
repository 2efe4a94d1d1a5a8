import type { FieldPath, JsonObject, StreamToRead } from '../../connector/connector.ts';
import type { Rejection } from '../../connector/encode.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { EncodedRecord } from '../../connector/messages.ts';
import { maxItemBytes } from './text.ts';

/** What a format cuts out of the text, not yet understood. */
export interface Item {
  /** Where it stands in the file, from 1: the line, or the number of the element of a JSON array. */
  readonly place: number;
  /** Why it cannot be read, in the words that follow "line 7: "; `null` when it looks sound. */
  readonly broken: string | null;
}

export type CursorValue = string | number;

/** Reads one file in one format. Made anew for each reading. */
export interface FormatReader {
  /** The ASCII byte after which the text may be cut anywhere. */
  readonly boundary: number;
  /** What `place` counts. */
  readonly unit: 'line' | 'element';
  /** Takes the next piece of text and returns the items that are complete now. `last` flushes. @throws SourceFailure CONFIG when this is not the format */
  split(text: string, last: boolean): Item[];
  /** Learns from the first items, before anything below is called. */
  learn(sample: readonly Item[]): void;
  /** The JSON Schema of one record. */
  schema(): JsonObject;
  /** @throws SourceFailure CONFIG when the file has no such field as the primary key names */
  encode(stream: StreamToRead, item: Item): EncodedRecord | Rejection;
  /** The value of the cursor field, `null` when the item has none. @throws SourceFailure CONFIG when the file has no such field */
  cursorOf(path: FieldPath, item: Item): CursorValue | null;
}

/** Cuts items out of text. @returns the items, and how much of the text they took */
export type Cut<Cuttable> = (text: string, last: boolean) => { items: Cuttable[]; used: number };

/**
 * Keeps the beginning of an item until its end has come. Looks again only when the text has doubled,
 * so that an item of many megabytes is not searched through once for each piece.
 */
export function createSplit<Cuttable>(cut: Cut<Cuttable>): (text: string, last: boolean) => Cuttable[] {
  let rest = '';
  let lookAgainAt = 0;
  return (text, last) => {
    rest = rest === '' ? text : rest + text;
    if (!last && rest.length < lookAgainAt) return [];
    const { items, used } = cut(rest, last);
    rest = rest.slice(used);
    lookAgainAt = Math.min(rest.length * 2, maxItemBytes + 1);
    if (rest.length > maxItemBytes) throw new SourceFailure('CONFIG', 'The file holds a record longer than 64 MiB; perhaps a quote is not closed.');
    return items;
  };
}
