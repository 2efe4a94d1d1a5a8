/** @see "Text Format" of COPY in the PostgreSQL manual; COPY TO writes no octal or hexadecimal escapes. */
const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** How COPY writes NULL. */
export const copyNull = '\\N';

/** The value behind the text of a column. */
export function unescapeCopy(raw: string): string {
  return raw.includes('\\') ? raw.replace(/\\(.)/gs, (_whole, letter: string) => escapes[letter] ?? letter) : raw;
}

/**
 * COPY escapes backslashes and line ends exactly as JSON does. What it does not escape, or otherwise: double quotes, the vertical tab
 * and the rarer control characters. Text without them is JSON as it stands.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
export const needsJsonEscape = /["\u0000-\u0008\u000b-\u001f]|\\v/;

/** The text of a column as a JSON string. */
export function quoteCopied(raw: string): string {
  return needsJsonEscape.test(raw) ? JSON.stringify(unescapeCopy(raw)) : `"${raw}"`;
}
