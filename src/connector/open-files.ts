import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Asking about descriptors opens no file, which matters: closing a second one of a database would drop SQLite's locks. */
const descriptors = '/proc/self/fd';

/** Where an open file really lies, by the kernel's own word; `undefined` where the system does not tell (it is not Linux). */
export function pathOfOpen(descriptor: number | string): string | undefined {
  try {
    return readlinkSync(join(descriptors, String(descriptor)));
  } catch {
    return undefined;
  }
}

/**
 * Has a library open a file by its path and tells whether it is the file of that path that was opened: a part of the path may have been
 * a link to elsewhere at that very moment. The library may also take a descriptor that it still has.
 * @param path real, without links
 */
export function openByPath<Opened>(path: string, open: () => Opened): { readonly opened: Opened; readonly isThatFile: boolean } {
  const before = new Set(listDescriptors());
  const opened = open();
  const after = listDescriptors();
  if (after.length === 0) return { opened, isThatFile: true };
  const paths = after.map((descriptor) => ({ isNew: !before.has(descriptor), path: pathOfOpen(descriptor) ?? '' }));
  const isElsewhere = paths.some((each) => each.isNew && each.path !== path && basename(each.path) === basename(path));
  return { opened, isThatFile: !isElsewhere && paths.some((each) => each.path === path) };
}

function listDescriptors(): string[] {
  try {
    return readdirSync(descriptors);
  } catch {
    return [];
  }
}
