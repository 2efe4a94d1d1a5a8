/** @see "Text Format" of COPY in the PostgreSQL manual; COPY TO writes no octal or hexadecimal escapes. */
const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** How COPY writes NULL. */
export const copyNull = '\\N';

/** The value behind the text of a column. */
export function unescapeCopy(raw: string): string {
  return raw.includes('\\') ? raw.replace(/\\(.)/gs, (_whole, letter: string) => escapes[letter] ?? letter) : raw;
}
