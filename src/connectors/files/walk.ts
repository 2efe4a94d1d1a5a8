import { opendir } from 'node:fs/promises';
import { matchesGlob } from 'node:path';

/**
 * Walks a folder for the names that a glob matches, as paths from the folder with `/`. Links are among them, but no link is followed: what
 * lies behind one is not even listed, and no circle is walked. (Node's own glob follows a link that the pattern names.)
 */
export async function* matchesIn(folder: string, pattern: string): AsyncGenerator<string> {
  // With a slash inside braces the parts of the pattern are not those of the paths.
  const parts = /\{[^}]*\//.test(pattern) ? null : pattern.split('/');
  const namesHidden = /(?:^|[/{,])\./.test(pattern);
  const mayLead = (path: readonly string[]): boolean => {
    const name = path.at(-1) ?? '';
    // A wildcard does not match a leading dot.
    if (parts === null || parts.slice(0, path.length).includes('**')) return namesHidden || !name.startsWith('.');
    return path.length < parts.length && matchesGlob(name, parts[path.length - 1] ?? '');
  };
  async function* walk(path: readonly string[]): AsyncGenerator<string> {
    const entries = await opendir([folder, ...path].join('/')).catch(() => []);
    for await (const entry of entries) {
      const inner = [...path, entry.name];
      const name = inner.join('/');
      if (!entry.isDirectory()) {
        if (matchesGlob(name, pattern)) yield name;
      } else if (mayLead(inner)) yield* walk(inner);
    }
  }
  yield* walk([]);
}
