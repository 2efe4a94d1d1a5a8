import { createCsvReader } from './csv.ts';
import { createJsonReader } from './json.ts';
import type { FormatReader } from './reader.ts';

export const formats = ['auto', 'csv', 'tsv', 'ndjson', 'json', 'parquet'] as const;
export type Format = (typeof formats)[number];
export type KnownFormat = Exclude<Format, 'auto'>;
export type TextFormat = Exclude<KnownFormat, 'parquet'>;

const byExtension: Record<string, KnownFormat> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  parquet: 'parquet',
};

const byContentType: Record<string, KnownFormat> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'tsv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'json',
  'application/vnd.apache.parquet': 'parquet',
};

const readers: Record<TextFormat, () => FormatReader> = {
  csv: () => createCsvReader(','),
  tsv: () => createCsvReader('\t'),
  ndjson: () => createJsonReader('lines'),
  json: () => createJsonReader('array'),
};

export function createReader(format: TextFormat): FormatReader {
  return readers[format]();
}

const gzipExtension = /\.gz$/i;

export const isNamedGzip = (fileName: string): boolean => gzipExtension.test(fileName);

/** `orders` for `orders.csv.gz`. */
export function withoutExtensions(path: string): string {
  const stripped = path.replace(gzipExtension, '').replace(/(?<=[^/])\.[^./]+$/, '');
  return stripped === '' ? path : stripped;
}

/** What the name says, or else the content type; `undefined` when neither says anything. */
export function formatNamed(fileName: string, contentType: string | null): KnownFormat | undefined {
  const extension = /\.([^.]+)$/.exec(fileName.replace(gzipExtension, ''))?.[1]?.toLowerCase() ?? '';
  return byExtension[extension] ?? byContentType[contentType?.split(';')[0]?.trim().toLowerCase() ?? ''];
}

/** What the first bytes look like. */
export function guessFormat(bytes: Uint8Array): KnownFormat {
  const text = Buffer.from(bytes.subarray(0, 4096))
    .toString()
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('PAR1')) return 'parquet';
  if (text.startsWith('[')) return 'json';
  if (text.startsWith('{')) return 'ndjson';
  const header = text.split('\n', 1)[0] ?? '';
  return header.split('\t').length > header.split(',').length ? 'tsv' : 'csv';
}
