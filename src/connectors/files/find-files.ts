import { stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { SourceFailure } from '../../connector/failures.ts';
import { realPathInside, requireInside, requireRoot } from '../../connector/local-path.ts';
import type { FilesContext } from './settings.ts';
import { matchesIn } from './walk.ts';

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
 * The files a glob matches, as paths from the root, in a stable order. What leads out of the root, or to the gateway's own data, is left out,
 * and folders outside are not even looked into.
 * @throws SourceFailure CONFIG when there is none, or more than 10,000
 */
export async function findFiles(pattern: string, context: FilesContext): Promise<string[]> {
  const root = requireRoot(context.filesRoot);
  if (pattern.includes('..')) throw new SourceFailure('CONFIG', 'A glob may not contain "..".');
  const inside = isAbsolute(pattern) ? relative(root, pattern) : pattern;
  if (inside.startsWith('..')) requireInside(root, pattern);
  const parts = inside.split(sep === '/' ? '/' : /[/\\]/).filter((part) => part !== '' && part !== '.');
  const firstMagic = parts.findIndex((part) => magic.test(part));
  const literal = parts.slice(0, firstMagic).join('/');
  const found: string[] = [];
  let refused = 0;
  // A folder that is named may be a link, as long as it stays inside.
  const folder = await realPathInside(literal, context).catch(() => null);
  for await (const name of folder === null ? [] : matchesIn(folder, parts.slice(firstMagic).join('/'))) {
    context.signal.throwIfAborted();
    const path = literal === '' ? name : `${literal}/${name}`;
    const real = await realPathInside(path, context).catch(() => null);
    if (real === null) refused++;
    else if ((await stat(real).catch(() => null))?.isFile()) found.push(path);
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
