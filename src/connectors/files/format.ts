import { createCsvReader } from './csv.ts';
import { createJsonReader } from './json.ts';
import type { OpenedFile } from './opened-file.ts';
import type { FormatReader } from './reader.ts';

export const formats = ['auto', 'csv', 'tsv', 'ndjson', 'json'] as const;
export type Format = (typeof formats)[number];
export type KnownFormat = Exclude<Format, 'auto'>;

const byExtension: Record<string, KnownFormat> = { csv: 'csv', tsv: 'tsv', tab: 'tsv', ndjson: 'ndjson', jsonl: 'ndjson', json: 'json' };

const byContentType: Record<string, KnownFormat> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'tsv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'json',
};

const readers: Record<KnownFormat, () => FormatReader> = {
  csv: () => createCsvReader(','),
  tsv: () => createCsvReader('\t'),
  ndjson: () => createJsonReader('lines'),
  json: () => createJsonReader('array'),
};

export function createReader(format: KnownFormat): FormatReader {
  return readers[format]();
}

/** The format asked for, or else that of the file's extension, its content type, its first bytes; and its content, still whole. */
export async function detectFormat(asked: Format, file: OpenedFile): Promise<{ format: KnownFormat; bytes: AsyncIterable<Uint8Array> }> {
  const { bytes } = file;
  if (asked !== 'auto') return { format: asked, bytes };
  const extension = /\.([^.]+)$/.exec(file.fileName)?.[1]?.toLowerCase() ?? '';
  const contentType = file.contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const told = byExtension[extension] ?? byContentType[contentType];
  if (told) return { format: told, bytes };
  const iterator = bytes[Symbol.asyncIterator]();
  const first = await iterator.next();
  return { format: first.done ? 'csv' : guess(first.value), bytes: startingWith(first, iterator) };
}

function guess(bytes: Uint8Array): KnownFormat {
  const text = Buffer.from(bytes.subarray(0, 4096))
    .toString()
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('[')) return 'json';
  if (text.startsWith('{')) return 'ndjson';
  const header = text.split('\n', 1)[0] ?? '';
  return header.split('\t').length > header.split(',').length ? 'tsv' : 'csv';
}

async function* startingWith(first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
