import { SourceFailure } from '../../connector/failures.ts';
import { endOfString, mayHoldLongNumber } from '../../connector/json-text.ts';
import type { Cut, Item } from './reader.ts';
import { damage } from './text.ts';

export interface JsonItem extends Item {
  readonly text: string;
  /** A number near it may lose something when it is parsed. */
  readonly suspicious: boolean;
}

/** One object in each line. Blank lines are none. */
export function createLinesCut(): Cut<JsonItem> {
  let place = 0;
  return (text, last) => {
    const items: JsonItem[] = [];
    const damaged = text.includes(damage);
    const suspicious = mayHoldLongNumber(text);
    let used = 0;
    while (used < text.length) {
      const newline = text.indexOf('\n', used);
      if (newline < 0 && !last) break;
      const end = newline < 0 ? text.length : newline;
      place++;
      const line = text.slice(used, text.charCodeAt(end - 1) === 13 && end > used ? end - 1 : end);
      if (line.trim() !== '') items.push({ place, broken: damaged ? damageOf(line) : null, text: line, suspicious });
      used = end + 1;
    }
    return { items, used: Math.min(used, text.length) };
  };
}

/** The elements of an array that is the whole file. @throws SourceFailure CONFIG when it is not an array, or breaks off */
export function createArrayCut(): Cut<JsonItem> {
  let place = 0;
  let expected: 'array' | 'element or end' | 'element' | 'comma or end' | 'nothing' = 'array';

  return (text, last) => {
    const items: JsonItem[] = [];
    const damaged = text.includes(damage);
    const suspicious = mayHoldLongNumber(text);
    let used = 0;
    for (;;) {
      while (isSpace(text.charCodeAt(used))) used++;
      if (used >= text.length) break;
      const character = text[used] as string;
      if (expected === 'array') {
        if (character !== '[')
          throw new SourceFailure('CONFIG', 'The file is not a JSON array; for one object in each line choose the format "ndjson".');
        expected = 'element or end';
      } else if (character === ']' && (expected === 'element or end' || expected === 'comma or end')) expected = 'nothing';
      else if (character === ',' && expected === 'comma or end') expected = 'element';
      else if ((expected === 'element' || expected === 'element or end') && character !== ']' && character !== ',') {
        const end = endOfElement(text, used);
        if (end < 0 || (end >= text.length && !last)) break;
        const element = text.slice(used, end);
        items.push({ place: ++place, broken: damaged ? damageOf(element) : null, text: element, suspicious });
        used = end;
        expected = 'comma or end';
        continue;
      } else throw new SourceFailure('CONFIG', `The JSON array is malformed after element ${place}.`);
      used++;
    }
    if (last && expected === 'array') throw new SourceFailure('CONFIG', 'The file is empty; it should be a JSON array.');
    if (last && expected !== 'nothing') throw new SourceFailure('CONFIG', `The JSON array breaks off after element ${place}.`);
    return { items, used };
  };
}

/** Where the value that begins at `start` ends, -1 when its end has not come. */
function endOfElement(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = endOfString(text, at);
      if (at > text.length) return -1;
      if (depth === 0) return at;
      continue;
    }
    if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (code === 44 || isSpace(code))) return at;
    at++;
  }
  return depth === 0 ? text.length : -1;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function damageOf(text: string): string | null {
  return text.includes(damage) ? 'the text is not UTF-8' : null;
}
