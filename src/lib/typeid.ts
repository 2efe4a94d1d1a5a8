import { typeid } from 'typeid-js';

/** What stands before the underscore of an id. */
export const idPrefixes = ['org', 'col', 'cred', 'sc', 'job', 'tr', 'test', 'rec', 'str', 'src', 'key', 'wh', 'msg'] as const;
export type IdPrefix = (typeof idPrefixes)[number];

/** A new id, for example `job_01h455vb4pex5vsknk084sn02q`. Ids made by one process sort in the order they were made. */
export function newId(prefix: Exclude<IdPrefix, 'src' | 'rec'>): string {
  return typeid(prefix).toString();
}

/** 128 bits in base32: the first letter has three of them. The package's own reading takes a hundred times as long. */
const suffix = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The prefix of an id, `undefined` when it is none of ours. Built-in sources are `src_<shortName>`, the others carry a UUIDv7. */
export function prefixOf(id: string): IdPrefix | undefined {
  const prefix = id.slice(0, Math.max(0, id.lastIndexOf('_')));
  if (id.startsWith('src_')) return 'src';
  if (!(idPrefixes as readonly string[]).includes(prefix)) return undefined;
  return suffix.test(id.slice(prefix.length + 1)) ? (prefix as IdPrefix) : undefined;
}
