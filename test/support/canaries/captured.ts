import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiKeyLabel, describeHit, type Hit, type Planted, searcher } from './search.ts';

export interface Outcome {
  readonly secrets: number;
  readonly captures: number;
  readonly bytes: number;
  /** One for each place. */
  readonly findings: readonly string[];
}

/** Searches what one test file has captured for what it has planted. */
export function searchCaptures(folder: string): Outcome {
  const planted = linesOf<Planted>(join(folder, 'planted'));
  const findings = linesOf<string>(join(folder, 'findings'));
  const names = readdirSync(join(folder, 'captures')).sort();
  const read = (name: string) => readFileSync(join(folder, 'captures', name));
  const shown = new Set<string>();
  const keys = new Set<string>();
  let size = 0;
  const searchAll = (secrets: readonly Planted[], isKnown: (hit: Hit, around: string) => boolean) => {
    const search = searcher(secrets);
    for (const name of names) {
      const bytes = read(name);
      size += bytes.length;
      for (const hit of search(bytes)) {
        const text = bytes.toString('latin1', hit.start, hit.end);
        if (hit.label === apiKeyLabel) keys.add(text);
        if (mayShowOnce(name, hit) && !shown.has(text)) shown.add(text);
        else if (!isKnown(hit, bytes.toString('latin1', Math.max(0, hit.start - 80), hit.end))) findings.push(`${name}: ${describeHit(bytes, hit)}`);
      }
    }
  };
  searchAll(planted, () => false);
  const bytes = size;
  // Now it is known which keys there are: their other forms, and their secret halves alone. All else has been dealt with, the keys in plain too.
  const derived = derivedFrom(keys);
  const isKey = ({ form }: Hit, around: string) => form === 'plain' && [...keys].some((key) => around.endsWith(key));
  if (derived.length > 0) searchAll(derived, (hit, around) => ![keyLabel, keyHalfLabel].includes(hit.label) || isKey(hit, around));
  return { secrets: planted.length + keys.size, captures: names.length, bytes, findings };
}

/** The API keys that were shown in what a test file has captured so far, in the forms that may be nowhere at all. */
export function shownKeys(folder: string): Planted[] {
  const keys = new Set<string>();
  const search = searcher([]);
  for (const name of readdirSync(join(folder, 'captures')).filter((capture) => showsKeys.test(capture))) {
    const bytes = readFileSync(join(folder, 'captures', name));
    for (const { label, start, end } of search(bytes)) if (label === apiKeyLabel) keys.add(bytes.toString('latin1', start, end));
  }
  return derivedFrom(keys);
}

const derivedFrom = (keys: ReadonlySet<string>): Planted[] =>
  [...keys].flatMap((value) => [
    { label: keyLabel, value },
    { label: keyHalfLabel, value: value.slice(value.indexOf('_', 'hg_'.length) + 1) },
  ]);

const keyLabel = 'an API key, encoded';
const keyHalfLabel = 'the secret of an API key';

const showsKeys = /^(answers|stdout)-/;

/** What is made where, and shown to whoever asked for it to be made: in an answer, or on the standard output of a command. */
const mayShowOnce = (name: string, { once, form }: Hit) => once && form === 'plain' && showsKeys.test(name);

function linesOf<Line>(path: string): Line[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Line);
}
