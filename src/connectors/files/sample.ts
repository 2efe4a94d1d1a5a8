import type { JsonObject, StreamToRead } from '../../connector/connector.ts';
import type { Rejection } from '../../connector/encode.ts';
import { SourceFailure } from '../../connector/failures.ts';
import type { EncodedRecord } from '../../connector/messages.ts';
import { contentOf } from './content.ts';
import { createReader, type KnownFormat } from './format.ts';
import { itemsOf } from './items.ts';
import { loadParquet } from './load-parquet.ts';
import type { OpenedFile } from './opened-file.ts';
import type { FormatReader, Item } from './reader.ts';
import type { FilesContext } from './settings.ts';

/** What the beginning of a file tells about it. */
export interface Sample {
  readonly format: KnownFormat;
  readonly schema: JsonObject;
  /** `null` when the format does not say. */
  readonly recordCount: number | null;
  /** For people. @throws SourceFailure CONFIG when not one record can be read */
  describe(): string;
}

export async function sampleOf({ config, signal }: FilesContext, file: OpenedFile): Promise<Sample> {
  const content = await contentOf(config.format, file, signal);
  if (content.format === 'parquet') {
    const { openParquet, schemaOf } = await loadParquet();
    const { columns, recordCount } = await openParquet(content.ranges);
    return {
      format: 'parquet',
      schema: schemaOf(columns),
      recordCount,
      describe: () => `The file holds ${recordCount} records in ${columns.length} columns.`,
    };
  }
  const { format, bytes } = content;
  const reader = createReader(format);
  let sample: readonly Item[] = [];
  for await (const items of itemsOf(reader, bytes)) {
    sample = items.slice(0, 1000);
    break;
  }
  return { format, schema: reader.schema(), recordCount: null, describe: () => describeItems(reader, format, sample) };
}

function describeItems(reader: FormatReader, format: KnownFormat, items: readonly Item[]): string {
  const stream: StreamToRead = {
    name: '',
    namespace: null,
    syncMode: 'FULL_REFRESH_OVERWRITE',
    cursorField: null,
    primaryKey: [],
    selectedFields: null,
    state: null,
  };
  const problems = items.flatMap((item) => {
    const record: EncodedRecord | Rejection = item.broken === null ? reader.encode(stream, item) : { rejected: item.broken };
    return 'rejected' in record ? [`${reader.unit} ${item.place}: ${record.rejected}`] : [];
  });
  if (problems.length === 0) return `The first ${items.length} records are sound ${format}.`;
  if (problems.length === items.length) throw new SourceFailure('CONFIG', `No record can be read as ${format}; ${problems[0]}.`);
  return `Of the first ${items.length} records ${problems.length} will be rejected; ${problems[0]}.`;
}
