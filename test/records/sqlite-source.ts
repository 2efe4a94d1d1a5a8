import type { EncodedRecord } from '../../src/connector/messages.ts';
import type { StreamToWrite } from '../../src/records/store.ts';
import { record } from '../support/record-store-data.ts';

/** The source of the crash tests: so many pages of so many records, the same for each stream. */
export const pages = 20;
const recordsPerPage = 500;

export const sourceModes: readonly (readonly [string, Partial<StreamToWrite>])[] = [
  ['deduped', { syncMode: 'INCREMENTAL_DEDUPED' }],
  ['append', { syncMode: 'INCREMENTAL_APPEND', primaryKey: [] }],
  ['overwrite', { syncMode: 'FULL_REFRESH_OVERWRITE' }],
];

export function page(stream: StreamToWrite, number: number): EncodedRecord[] {
  return Array.from({ length: recordsPerPage }, (_, at) => record(stream, `${number * recordsPerPage + at}`, 'x'.repeat(200)));
}
