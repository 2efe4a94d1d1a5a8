import type { EncodedRecord } from '../../connector/messages.ts';

/** Records with keys that differ, and what writing the others before them would have counted. */
export interface Folded {
  readonly records: readonly FoldedRecord[];
  readonly updated: number;
  readonly unchanged: number;
}

export interface FoldedRecord {
  readonly key: readonly string[];
  /** The last JSON of the key. */
  json: string;
  /** The first one, which is what a stored record is compared with: `null` when it never changed. */
  first: string | null;
}

/** One statement writes a row once, so of records with the same key the last one is written, in the place of the first. */
export function foldByKey(records: readonly EncodedRecord[], keyParts: number): Folded {
  const byKey = new Map<string, FoldedRecord>();
  let updated = 0;
  let unchanged = 0;
  for (const { key, json } of records) {
    if (key?.length !== keyParts) throw new Error('a record has another number of key values than its stream');
    const name = keyParts === 1 ? (key[0] as string) : JSON.stringify(key);
    const known = byKey.get(name);
    if (!known) byKey.set(name, { key, json, first: null });
    else if (known.json === json) unchanged += 1;
    else {
      updated += 1;
      known.first ??= known.json;
      known.json = json;
    }
  }
  return { records: [...byKey.values()], updated, unchanged };
}
