import { ValidationError } from '../errors.ts';

/** Names are shorter; a pattern without bound is work without bound. */
const longest = 100;

/**
 * The GLOB pattern of texts that contain `search`, whatever the case of its letters. LIKE would know the cases of ASCII letters only.
 * @throws ValidationError when it is longer than 100 characters
 */
export function containsPattern(search: string): string {
  const characters = [...search];
  if (characters.length > longest) throw new ValidationError([{ path: ['filter', 'search'], message: `Use at most ${longest} characters.` }]);
  return `*${characters.map(eitherCase).join('')}*`;
}

/** A class of the character's cases; one of a single character takes the meaning from `*`, `?` and `[`. */
function eitherCase(character: string): string {
  const lower = character.toLowerCase();
  const upper = character.toUpperCase();
  const cases = new Set([character, lower, upper, upper.toLowerCase()].filter((form) => [...form].length === 1));
  return cases.size > 1 || '*?['.includes(character) ? `[${[...cases].join('')}]` : character;
}
