// Written out sixteen times, V8 skips through the text; with {16} or an alternative it goes step by step and takes ten times as long.
const manyDigits = new RegExp('[\\d.]'.repeat(16));
const longExponent = /\d[eE][+-]?\d{3}/;

/**
 * Whether a number in the text may lose something when it is parsed: sixteen digits or more, or an exponent of three digits.
 * Cheap enough to ask of whole pieces of a file. Never misses one; whether something is lost is for `quoteLongNumbers` to say.
 */
export function mayHoldLongNumber(text: string): boolean {
  return manyDigits.test(text) || longExponent.test(text);
}

const numberToken = /-?\d[\d.eE+-]*/y;

/** Turns the numbers that would lose something into strings. @param text valid JSON */
export function quoteLongNumbers(text: string): string {
  let result = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 34) at = endOfString(text, at);
    else if (code === 45 || (code >= 48 && code <= 57)) {
      numberToken.lastIndex = at;
      const token = numberToken.exec(text)?.[0] ?? '';
      if (losesSomething(token)) {
        result += `${text.slice(copied, at)}"${token}"`;
        copied = at + token.length;
      }
      at += token.length;
    } else at++;
  }
  return copied === 0 ? text : result + text.slice(copied);
}

function losesSomething(token: string): boolean {
  if (token.length < 5) return false;
  if (/^-?\d+$/.test(token)) return !Number.isSafeInteger(Number(token));
  return !keepsDigits(token);
}

/** Whether objects and arrays lie in each other deeper than that. @param text valid JSON */
export function isDeeperThan(most: number, text: string): boolean {
  if (text.length <= 2 * most) return false;
  let depth = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = endOfString(text, at);
      continue;
    }
    if ((code === 123 || code === 91) && ++depth > most) return true;
    if (code === 125 || code === 93) depth--;
    at++;
  }
  return false;
}

/** Where a JSON string that begins at `start` has ended, the length of the text + 1 when it has not. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length + 1;
}

/** Whether a number has every digit of the text. What a program printed from a number does, up to 17 of them; a longer decimal does not. */
export function keepsDigits(text: string): boolean {
  const value = Number(text);
  const printed = String(value);
  return printed === text || (Number.isFinite(value) && significantDigits(text) === significantDigits(printed));
}

function significantDigits(text: string): string {
  return text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}
