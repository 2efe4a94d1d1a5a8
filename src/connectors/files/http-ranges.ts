import { SourceFailure } from '../../connector/failures.ts';
import { chunksOf, discard, requireOk } from './http-body.ts';
import type { RangedFile } from './opened-file.ts';

/** A file that can only be had as a whole is kept in memory, so there is a limit. */
const mostWholeBytes = 64 * 1024 * 1024;

/** Compressing on the way would make other bytes of the same range. */
const asIs = { 'accept-encoding': 'identity' };

/**
 * Reads a file by Range requests; one that the server only sends as a whole, when it is small.
 * @param etag of the file as it was opened
 * @see RFC 9110 section 14
 */
export async function openRanges(
  host: string,
  etag: string | null,
  request: (headers: Record<string, string>) => Promise<Response>,
  signal: AbortSignal,
): Promise<RangedFile> {
  const probe = await request({ ...asIs, range: 'bytes=0-3' });
  requireOk(probe, host);
  const sizeBytes = Number(/^bytes 0-\d+\/(\d+)$/.exec(probe.headers.get('content-range') ?? '')?.[1]);
  if (probe.status !== 206 || !Number.isSafeInteger(sizeBytes)) return wholeFile(await bufferOf(probe, host, signal));
  discard(probe.body);

  return {
    sizeBytes,
    async read(start, end) {
      if (start >= end) return new ArrayBuffer(0);
      const response = await request({ ...asIs, range: `bytes=${start}-${end - 1}` });
      requireOk(response, host);
      const answered = response.headers.get('etag');
      if (response.status !== 206 || (etag !== null && answered !== null && answered !== etag)) {
        discard(response.body);
        throw new SourceFailure('TRANSIENT', `The file on ${host} was replaced while it was read.`);
      }
      const bytes = new Uint8Array(end - start);
      let done = 0;
      for await (const chunk of chunksOf(response, host, signal)) {
        if (done + chunk.length > bytes.length) throw new SourceFailure('TRANSIENT', `${host} sent another part of the file than it was asked for.`);
        bytes.set(chunk, done);
        done += chunk.length;
      }
      if (done < bytes.length) throw new SourceFailure('TRANSIENT', `${host} broke off in the middle of the file.`);
      return bytes.buffer;
    },
  };
}

async function bufferOf(response: Response, host: string, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(response, host, signal)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > mostWholeBytes)
      throw new SourceFailure('CONFIG', `${host} does not send parts of files (no Range requests), and the file is larger than 64 MiB.`);
  }
  return Buffer.concat(chunks, length);
}

function wholeFile(bytes: Uint8Array): RangedFile {
  return { sizeBytes: bytes.length, read: async (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer };
}
