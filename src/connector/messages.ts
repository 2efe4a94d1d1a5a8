import type { JsonObject, StreamToRead } from './connector.ts';
import type { SourceFailure } from './failures.ts';

export const logLevels = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A record that is JSON text already: what the fast connectors yield, so that nothing is parsed and printed again. */
export interface EncodedRecord {
  /** The values of the primary key in its order, as text; `null` when the stream has no primary key. */
  readonly key: readonly string[] | null;
  /** A JSON object with the selected fields. Integers beyond 2^53, numerics and timestamps are strings, bytes are base64. */
  readonly json: string;
}

/**
 * What a connector yields. `stream` is always the object that `read` was given, not a copy.
 * @see AirbyteMessage in the Airbyte protocol
 */
export type Message =
  /** One record. `bigint`, `Date` and `Buffer` values are turned into text that loses nothing; what JSON cannot hold is rejected. */
  | { readonly type: 'RECORD'; readonly stream: StreamToRead; readonly data: Record<string, unknown> }
  /** Many records at once; at most about 5,000 or 4 MiB. */
  | { readonly type: 'RECORDS'; readonly stream: StreamToRead; readonly records: readonly EncodedRecord[] }
  /** One item of the source that cannot become a record; the sync goes on. No value of the item in `reason`. */
  | { readonly type: 'REJECTED'; readonly stream: StreamToRead; readonly reason: string }
  /** Covers every record of the stream yielded before it. */
  | { readonly type: 'STATE'; readonly stream: StreamToRead; readonly state: JsonObject }
  | { readonly type: 'STREAM_STATUS'; readonly stream: StreamToRead; readonly status: 'RUNNING' | 'COMPLETE' }
  | { readonly type: 'STREAM_STATUS'; readonly stream: StreamToRead; readonly status: 'INCOMPLETE'; readonly failure: SourceFailure };
