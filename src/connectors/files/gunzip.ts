import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceFailure } from '../../connector/failures.ts';

const chunkBytes = 256 * 1024;

/** @see RFC 1952 section 2.3.1; 8 is the only method there is */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * Decompresses as much as is asked for, so a file that swells takes time, not memory. Members that follow each other are one content.
 * @throws SourceFailure CONFIG when the data is damaged or ends too early
 */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  // Failures of the source come out of the iteration; the callback only keeps the pipeline from throwing them.
  const unzipped = pipeline(Readable.from(bytes, { objectMode: false }), createGunzip({ chunkSize: chunkBytes }), () => {});
  try {
    for await (const chunk of unzipped as AsyncIterable<Buffer>) {
      // What was read already may still swell for long.
      signal.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const options = { cause: error };
    if (code === 'Z_BUF_ERROR') throw new SourceFailure('CONFIG', 'The gzip file is cut off: its end is missing.', options);
    if (typeof code === 'string' && code.startsWith('Z_')) throw new SourceFailure('CONFIG', 'The gzip file is damaged.', options);
    throw error;
  } finally {
    unzipped.destroy();
  }
}
