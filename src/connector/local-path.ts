import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { SourceFailure } from './failures.ts';

/** Where local files may be read from. */
export interface LocalFiles {
  /** @see ConnectorContext.filesRoot */
  readonly filesRoot: string | null;
  /** @see ConnectorContext.ownPaths */
  readonly ownPaths: readonly string[];
}

/** Where the kernel shows itself as files, environments and keys of processes among them. Never read, even when the root is `/`. */
const kernelFolders = ['/proc', '/sys', '/dev'];

const ours = 'The path leads to data of the gateway itself.';

/**
 * The real path behind a path that people typed, symbolic links followed and then checked. Relative paths start at the root. Opens nothing.
 * @throws SourceFailure CONFIG when there is nothing, or it lies outside the root, or it is ours
 */
export async function realPathInside(path: string, { filesRoot, ownPaths }: LocalFiles): Promise<string> {
  const root = requireRoot(filesRoot);
  const wanted = resolve(root, path);
  requireInside(root, wanted);
  const real = await realpath(wanted).catch((error: unknown) => {
    throw pathFailure(error, path);
  });
  requireInside(root, real);
  if (kernelFolders.some((folder) => isInside(folder, real) && !isInside(folder, root)))
    throw new SourceFailure('CONFIG', 'The path leads to something that is not a regular file.');
  for (const own of ownPaths) {
    const realOwn = await realpath(own).catch(() => resolve(own));
    // What SQLite puts beside a database (-wal, -shm) is ours too.
    if (isInside(realOwn, real) || real.startsWith(`${realOwn}-`)) throw new SourceFailure('CONFIG', ours);
  }
  return real;
}

/**
 * Requires that a file is an ordinary one and no second name (hard link) of one that is ours.
 * @param file of a path that `realPathInside` has let pass, or of what was opened there
 * @throws SourceFailure CONFIG
 */
export async function requireReadable(file: Stats, { ownPaths }: LocalFiles): Promise<void> {
  if (!file.isFile()) throw new SourceFailure('CONFIG', 'The path leads to something that is not a regular file.');
  // Our files are many, and those with a second name are few.
  if (file.nlink === 1) return;
  for (const own of ownPaths) if (await holds(own, file)) throw new SourceFailure('CONFIG', ours);
}

/** Whether a path is that very file, or a folder with it inside, or a database with it beside. */
async function holds(own: string, file: Stats): Promise<boolean> {
  const inFolder = await readdir(own, { recursive: true }).catch(() => []);
  const paths = [own, ...['-wal', '-shm', '-journal'].map((suffix) => own + suffix), ...inFolder.map((name) => join(own, name))];
  for (const path of paths) {
    const known = await stat(path).catch(() => undefined);
    if (known && known.dev === file.dev && known.ino === file.ino) return true;
  }
  return false;
}

/** @throws SourceFailure CONFIG when no folder is set */
export function requireRoot(filesRoot: string | null): string {
  if (filesRoot === null) throw new SourceFailure('CONFIG', 'Local files cannot be read here: no folder is set for them.');
  return filesRoot;
}

/** @throws SourceFailure CONFIG */
export function requireInside(root: string, path: string): void {
  if (!isInside(root, path)) throw new SourceFailure('CONFIG', 'The path leads out of the folder that files may be read from.');
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

/** What an error of the file system means to a person. */
export function pathFailure(error: unknown, path: string): SourceFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const options = { cause: error };
  if (code === 'ENOENT' || code === 'ENOTDIR') return new SourceFailure('CONFIG', `There is no file ${path}.`, options);
  if (code === 'EACCES' || code === 'EPERM') return new SourceFailure('CONFIG', `The file ${path} may not be read.`, options);
  return new SourceFailure('CONFIG', 'The path cannot be opened.', options);
}
