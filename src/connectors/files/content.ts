import { SourceFailure } from '../../connector/failures.ts';
import { type Format, formatNamed, guessFormat, isNamedGzip, type TextFormat } from './format.ts';
import { gunzip, isGzip } from './gunzip.ts';
import type { OpenedFile, RangedFile } from './opened-file.ts';

/** What is in a file, ready to be read. */
export type Content =
  | { readonly format: TextFormat; readonly bytes: AsyncIterable<Uint8Array> }
  | { readonly format: 'parquet'; readonly ranges: RangedFile };

/**
 * Finds out how a file is packed and in which format it is: the one asked for, or else that of its name, its content type, its first bytes.
 * @throws SourceFailure CONFIG when the file is not what its name promises
 */
export async function contentOf(asked: Format, file: OpenedFile, signal: AbortSignal): Promise<Content> {
  const told = asked === 'auto' ? formatNamed(file.fileName, file.contentType) : asked;
  const named = isNamedGzip(file.fileName);
  if (told === 'parquet' && !named) return { format: 'parquet', ranges: await file.ranges() };

  const packed = await peek(file.bytes);
  const isPacked = isGzip(packed.first);
  if (named && !isPacked && !file.isDecompressed) {
    await packed.close();
    throw new SourceFailure('CONFIG', 'The file is named .gz, but gzip did not make it.');
  }
  const { first, bytes, close } = isPacked ? await peek(gunzip(packed.bytes, signal)) : packed;
  const format = told ?? guessFormat(first);
  if (format !== 'parquet') return { format, bytes };
  await close();
  if (isPacked) throw new SourceFailure('CONFIG', 'A Parquet file inside gzip cannot be read; Parquet compresses by itself.');
  return { format, ranges: await file.ranges() };
}

interface Peeked {
  /** At least four bytes, if there are so many. */
  readonly first: Uint8Array;
  /** All of them, the first included. */
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

async function peek(bytes: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first: Uint8Array = Buffer.alloc(0);
  while (first.length < 4) {
    const next = await iterator.next();
    if (next.done) break;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  return {
    first,
    bytes: startingWith(first, iterator),
    close: async () => void (await iterator.return?.()),
  };
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
