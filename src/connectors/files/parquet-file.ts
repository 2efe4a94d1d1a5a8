import { isUtf8 } from 'node:buffer';
import { type DecodedArray, type FileMetaData, type ParquetParsers, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { JsonObject } from '../../connector/connector.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { RangedFile } from './opened-file.ts';
import { columnsOf, type ParquetColumn } from './parquet-columns.ts';
import { bare, damagedText } from './parquet-values.ts';

/** A row group is held in memory as a whole. Values are what counts: a thousand equal ones take a few bytes in the file. */
const mostGroupBytes = 512 * 1024 * 1024;
const mostGroupValues = 64_000_000;

export interface ParquetFile {
  readonly columns: readonly ParquetColumn[];
  readonly recordCount: number;
  readonly groups: readonly { readonly start: number; readonly end: number }[];
  /** The values of some columns in a row group, each column in the pieces it came in. @throws SourceFailure */
  readGroup(index: number, columns: readonly ParquetColumn[]): Promise<DecodedArray[][]>;
}

const asBytes = (bytes: Uint8Array): Uint8Array => bytes;

/** Leaves values as they are stored, except text. */
const parsers: ParquetParsers = {
  timestampFromMilliseconds: (value) => value,
  timestampFromMicroseconds: (value) => value,
  timestampFromNanoseconds: (value) => value,
  dateFromDays: (value) => value,
  stringFromBytes: (bytes) => (isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString() : damagedText),
  jsonFromBytes: asBytes,
  geometryFromBytes: asBytes,
  geographyFromBytes: asBytes,
  uuidFromBytes: asBytes,
};

/** Reads the description at the end of the file. @throws SourceFailure CONFIG when it is no Parquet file, or damaged */
export async function openParquet(ranges: RangedFile): Promise<ParquetFile> {
  const { sizeBytes } = ranges;
  if (sizeBytes < 12) throw new SourceFailure('CONFIG', 'The file is too short to be a Parquet file.');
  let fault: { readonly error: unknown } | undefined;
  const file = {
    byteLength: sizeBytes,
    slice: (start: number, end: number = sizeBytes) =>
      ranges.read(start, end).catch((error: unknown) => {
        fault ??= { error };
        throw error;
      }),
  };
  /** The library's own messages may quote values. */
  const orDamaged = async <Result>(run: () => Promise<Result>): Promise<Result> => {
    try {
      return await run();
    } catch (error) {
      if (fault) throw fault.error;
      if (error instanceof SourceFailure) throw error;
      throw new SourceFailure('CONFIG', 'The file is not a Parquet file, is damaged, or uses what is not supported.', { cause: error });
    }
  };
  const metadata = await orDamaged(() => parquetMetadataAsync(file, { parsers: { ...parsers, stringFromBytes: asBytes }, geoparquet: false }));
  const columns = await orDamaged(async () => columnsOf(metadata.schema));
  const bareMetadata: FileMetaData = { ...metadata, schema: metadata.schema.map(bare) };
  const groups: { start: number; end: number }[] = [];
  for (const { num_rows: rows } of metadata.row_groups) {
    const start = groups.at(-1)?.end ?? 0;
    groups.push({ start, end: start + Number(rows) });
  }

  return {
    columns,
    recordCount: groups.at(-1)?.end ?? 0,
    groups,
    readGroup: (index, wanted) =>
      orDamaged(async () => {
        const names = wanted.map(({ name }) => name);
        const { start: rowStart, end: rowEnd } = groups[index] as { start: number; end: number };
        requireModest(metadata, index, names, (rowEnd - rowStart) * wanted.reduce((sum, { leaves }) => sum + leaves, 0));
        const pieces = new Map<string, DecodedArray[]>(names.map((name) => [name, []]));
        if (names.length === 0 || rowStart === rowEnd) return [...pieces.values()];
        const onChunk = ({ columnName, columnData }: { columnName: string; columnData: DecodedArray }) =>
          void pieces.get(columnName)?.push(columnData);
        await parquetRead({
          file,
          metadata: bareMetadata,
          columns: names,
          rowStart,
          rowEnd,
          compressors,
          parsers,
          utf8: false,
          geoparquet: false,
          onChunk,
        });
        for (const piece of pieces.values()) {
          if (piece.reduce((sum, { length }) => sum + length, 0) < rowEnd - rowStart) throw new Error('a column is too short');
        }
        return [...pieces.values()];
      }),
  };
}

export function schemaOf(columns: readonly ParquetColumn[]): JsonObject {
  return { type: 'object', properties: Object.fromEntries(columns.map(({ name, schema }) => [name, schema])) };
}

function requireModest({ row_groups }: FileMetaData, index: number, names: readonly string[], values: number): void {
  let bytes = 0;
  for (const { meta_data: column } of row_groups[index]?.columns ?? []) {
    if (column && names.includes(column.path_in_schema[0] ?? '')) bytes += Number(column.total_uncompressed_size);
  }
  if (bytes <= mostGroupBytes && values <= mostGroupValues) return;
  throw new SourceFailure(
    'CONFIG',
    `Row group ${index + 1} is too large to be read; select fewer fields, or write the file with smaller row groups.`,
  );
}
