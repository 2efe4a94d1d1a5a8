import { glob, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { SourceFailure } from '../../connector/failures.ts';
import { realPathInside, requireInside, requireRoot } from '../../connector/local-path.ts';
import type { FilesContext } from './settings.ts';

const magic = /[*?[{]/;
const mostFiles = 10_000;

/** Whether a path stands for many files. A file that is really called so is meant itself. */
export async function isGlob(path: string, context: FilesContext): Promise<boolean> {
  return (
    magic.test(path) &&
    !(await realPathInside(path, context).then(
      () => true,
      () => false,
    ))
  );
}

/**
 * The files a glob matches, as paths from the root, in a stable order. What leads out of the root, or to the gateway's own data, is left out.
 * @throws SourceFailure CONFIG when there is none, or more than 10,000
 */
export async function findFiles(pattern: string, context: FilesContext): Promise<string[]> {
  const root = requireRoot(context.filesRoot);
  // A glob looks into every folder it names, so it must not even name one outside.
  if (pattern.includes('..')) throw new SourceFailure('CONFIG', 'A glob may not contain "..".');
  const inside = isAbsolute(pattern) ? relative(root, pattern) : pattern;
  if (inside.startsWith('..')) requireInside(root, pattern);
  const found: string[] = [];
  let refused = 0;
  for await (const path of glob(inside, { cwd: root })) {
    context.signal.throwIfAborted();
    const real = await realPathInside(path, context).catch(() => null);
    if (real === null) refused++;
    else if ((await stat(real).catch(() => null))?.isFile()) found.push(path.split(sep).join('/'));
    if (found.length > mostFiles) throw new SourceFailure('CONFIG', `The glob matches more than ${mostFiles} files.`);
  }
  if (refused > 0) context.log('WARN', `${refused} of the matches may not be read and are left out.`);
  if (found.length === 0) throw new SourceFailure('CONFIG', `No file matches ${pattern}.`);
  return found.sort();
}

/** What people would call the files of a glob: the last word before its first wildcard. */
export function nameOfGlob(pattern: string): string {
  const literal = pattern.slice(0, pattern.search(magic));
  return (
    literal
      .split('/')
      .findLast((part) => /[\p{L}\p{N}]/u.test(part))
      ?.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '') ?? 'files'
  );
}
