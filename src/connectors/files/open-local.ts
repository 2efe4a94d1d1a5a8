import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { SourceFailure } from '../../connector/failures.ts';
import { type LocalFiles, pathFailure, realPathInside, requireReadable, requireRoot } from '../../connector/local-path.ts';
import { pathOfOpen } from '../../connector/open-files.ts';
import type { FileVersion, OpenedFile } from './opened-file.ts';

const chunkBytes = 256 * 1024;
const mostAtOnceBytes = 64 * 1024 * 1024;

/**
 * Opens a regular file inside the root, symbolic links followed and then checked.
 * @throws SourceFailure CONFIG when there is none, or none may be read
 */
export async function openLocal(path: string, files: LocalFiles, signal: AbortSignal): Promise<OpenedFile> {
  const root = requireRoot(files.filesRoot);
  const real = await realPathInside(path, files);
  const handle = await openInside(real, files).catch((error: unknown) => {
    throw error instanceof SourceFailure ? error : pathFailure(error, path);
  });
  const version = await versionOf(handle);
  return {
    fileName: basename(resolve(root, path)),
    version,
    contentType: null,
    isDecompressed: false,
    ranges: async () => ({ sizeBytes: version.sizeBytes ?? 0, read: (start, end) => readRange(handle, start, end, signal) }),
    bytes: chunksOf(handle, signal),
    close: () => handle.close(),
  };
}

async function openInside(real: string, files: LocalFiles): Promise<FileHandle> {
  // Before it is opened too: with a device, opening is doing something already.
  await requireReadable(await stat(real), files);
  // NONBLOCK: opening a named pipe would wait for its writer. NOFOLLOW: the last part is no link, for it was resolved.
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const opened = await handle.stat();
    await requireReadable(opened, files);
    // A folder on the way may have become a link between the two calls: what is open must be what lies inside.
    const inside = await stat(await realPathInside(real, files));
    const isSame = inside.dev === opened.dev && inside.ino === opened.ino && (pathOfOpen(handle.fd) ?? real) === real;
    if (!isSame) throw new SourceFailure('TRANSIENT', 'The file was replaced while it was opened.');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function versionOf(handle: FileHandle): Promise<FileVersion> {
  const { mtimeNs, size } = await handle.stat({ bigint: true });
  const seconds = new Date(Number(mtimeNs / 1_000_000n)).toISOString().slice(0, 19);
  return { modifiedAt: `${seconds}.${String(mtimeNs % 1_000_000_000n).padStart(9, '0')}Z`, sizeBytes: Number(size), etag: null };
}

async function readRange(handle: FileHandle, start: number, end: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(bytes, done, Math.min(bytes.length - done, mostAtOnceBytes), start + done).catch(readingBroke);
    if (bytesRead === 0) throw new SourceFailure('TRANSIENT', 'The file became shorter while it was read.');
    done += bytesRead;
  }
  return bytes.buffer;
}

async function* chunksOf(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes).catch(readingBroke);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function readingBroke(error: unknown): never {
  throw new SourceFailure('TRANSIENT', 'Reading the file broke off.', { cause: error });
}
