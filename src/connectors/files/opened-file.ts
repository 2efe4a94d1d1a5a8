import type { JsonObject } from '../../connector/connector.ts';

/** What tells one content of a file from another. All `null`: nothing does. */
export interface FileVersion extends JsonObject {
  /** Local: UTC with nanoseconds. HTTP: the Last-Modified header. */
  readonly modifiedAt: string | null;
  readonly sizeBytes: number | null;
  /** The ETag header. */
  readonly etag: string | null;
}

/** A file that answers, wherever it lies. */
export interface OpenedFile {
  /** The last part of the path or URL. */
  readonly fileName: string;
  readonly version: FileVersion;
  readonly contentType: string | null;
  /** The content from its beginning, once. @throws SourceFailure */
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Whether two versions are certainly the same content. */
export function isSameVersion(one: FileVersion, other: FileVersion): boolean {
  if (one.etag !== null && other.etag !== null) return one.etag === other.etag;
  return one.modifiedAt !== null && one.modifiedAt === other.modifiedAt && one.sizeBytes === other.sizeBytes;
}
