import { TypeID, typeid } from 'typeid-js';

/** What stands before the underscore of an id. */
export const idPrefixes = ['org', 'col', 'cred', 'sc', 'job', 'tr', 'test', 'rec', 'str', 'src'] as const;
export type IdPrefix = (typeof idPrefixes)[number];

/** A new id, for example `job_01h455vb4pex5vsknk084sn02q`. Ids made by one process sort in the order they were made. */
export function newId(prefix: Exclude<IdPrefix, 'src' | 'rec'>): string {
  return typeid(prefix).toString();
}

/** The prefix of an id, `undefined` when it is none of ours. Built-in sources are `src_<shortName>`, the others carry a UUIDv7. */
export function prefixOf(id: string): IdPrefix | undefined {
  const prefix = id.slice(0, Math.max(0, id.lastIndexOf('_')));
  if (id.startsWith('src_')) return 'src';
  if (!(idPrefixes as readonly string[]).includes(prefix)) return undefined;
  try {
    TypeID.fromString(id, prefix);
    return prefix as IdPrefix;
  } catch {
    return undefined;
  }
}
