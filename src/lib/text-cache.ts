/** What is known about texts, bounded by the length of all texts together and not by their number: the longest ones weigh a thousand short ones. */
export interface TextCache<Value> {
  get(text: string): Value | undefined;
  set(text: string, value: Value): void;
}

/**
 * Forgets what was not asked for longest.
 * @param mostCharacters of all texts together
 * @param longest texts beyond this many characters are not kept at all
 */
export function createTextCache<Value>(mostCharacters: number, longest: number): TextCache<Value> {
  const kept = new Map<string, Value>();
  let characters = 0;

  function forget(text: string): void {
    if (kept.delete(text)) characters -= text.length;
  }

  return {
    get(text) {
      const value = kept.get(text);
      if (value === undefined) return undefined;
      // A Map is read in the order of insertion: what is asked for goes to its end.
      kept.delete(text);
      kept.set(text, value);
      return value;
    },
    set(text, value) {
      forget(text);
      if (text.length > longest) return;
      kept.set(text, value);
      characters += text.length;
      for (const oldest of kept.keys()) {
        if (characters <= mostCharacters) break;
        forget(oldest);
      }
    },
  };
}
