import { statfs } from 'node:fs/promises';

/** With less than this the next sync or the next merge of a write-ahead log may find the disk full. */
export const noSpaceBytes = 64 * 1024 ** 2;

export async function isShortOfSpace(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < noSpaceBytes;
}
