import type { JsonObject } from '../../connector/connector.ts';

/** What tells one content of a file from another. All `null`: nothing does. */
export interface FileVersion extends JsonObject {
  /** Local: UTC with nanoseconds. HTTP: the Last-Modified header. */
  readonly modifiedAt: string | null;
  readonly sizeBytes: number | null;
  /** The ETag header. */
  readonly etag: string | null;
}

/** A file whose parts can be read in any order. */
export interface RangedFile {
  readonly sizeBytes: number;
  /** Exactly the bytes from `start` to before `end`. @throws SourceFailure */
  read(start: number, end: number): Promise<ArrayBuffer>;
}

/** A file that answers, wherever it lies. */
export interface OpenedFile {
  /** The last part of the path or URL. */
  readonly fileName: string;
  readonly version: FileVersion;
  readonly contentType: string | null;
  /** The transport has taken a compression off already. */
  readonly isDecompressed: boolean;
  /** The content from its beginning, once. @throws SourceFailure */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The content in parts, instead of `bytes`. @throws SourceFailure CONFIG when the server cannot do that and the file is large */
  ranges(): Promise<RangedFile>;
  close(): Promise<void>;
}

/** Whether two versions are certainly the same content. */
export function isSameVersion(one: FileVersion, other: FileVersion): boolean {
  if (one.etag !== null && other.etag !== null) return one.etag === other.etag;
  return one.modifiedAt !== null && one.modifiedAt === other.modifiedAt && one.sizeBytes === other.sizeBytes;
}
