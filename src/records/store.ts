import type { FieldPath, JsonObject, StreamRef, SyncMode } from '../connector/connector.ts';
import type { EncodedRecord } from '../connector/messages.ts';

/**
 * Absolute counts of one sync job over all its attempts. `read` = `inserted` + `updated` + `unchanged`, and `inserted` - `deleted` is by
 * how much the record counts of its completed streams grew. What a takeover removes, because no STATE covered it, counts as never read.
 *
 * Records count as if they were written one after another; in a new generation a key that is new to it is compared with the generation
 * to be replaced (by its last record in the checkpoint, should it come twice).
 */
export interface RecordCounters {
  read: number;
  inserted: number;
  updated: number;
  deleted: number;
  unchanged: number;
  rejected: number;
  /** Bytes of the records' JSON in UTF-8. */
  bytesRead: number;
}

/** Which collection: `id` names the file or schema, `number` goes into the ids of records (1 … 2^30 - 1, never reused). */
export interface CollectionKey {
  readonly id: string;
  readonly number: number;
}

export interface StreamToWrite extends StreamRef {
  readonly syncMode: SyncMode;
  /** A new job begins at the beginning of the stream; the next attempt of the same job goes on. @default false */
  readonly stateForgotten?: boolean;
  /** Not empty: one record per key (except in the two APPEND modes, which keep every version). */
  readonly primaryKey: readonly FieldPath[];
}

export interface OpenWriter {
  readonly collection: CollectionKey;
  readonly sourceConnectionId: string;
  readonly jobId: string;
  readonly streams: readonly StreamToWrite[];
  /** FULL_REFRESH: every stream from the beginning as a new generation, whatever its sync mode; to clear, complete each without records. */
  readonly mode: 'INCREMENTAL' | 'FULL_REFRESH';
}

/** What is committed of one stream. */
export interface StreamProgress extends StreamRef {
  /** Of this job. */
  readonly recordsRead: number;
  /** Of this job. */
  readonly bytesRead: number;
  /** This job has read the stream to its end. */
  readonly complete: boolean;
  /** Where reading goes on: the last STATE committed, `null` = from the beginning. */
  readonly state: JsonObject | null;
  /** Records that readers see, over all jobs. */
  readonly recordCount: number;
}

export interface Progress {
  /** Checkpoints of this job so far, over all attempts. */
  readonly sequence: number;
  readonly counters: RecordCounters;
  readonly streams: readonly StreamProgress[];
}

/** Part of a checkpoint. Records, rejections and the state that covers them go together. */
export interface StreamBatch {
  /** One of the objects given to `openWriter`. */
  readonly stream: StreamToWrite;
  readonly records: readonly EncodedRecord[];
  readonly rejected: number;
  /** Absent: no STATE since the last batch; what is written now is written again after a crash. */
  readonly state?: JsonObject;
  /** The stream is read to its end: a new generation becomes what readers see, in this transaction. No records may follow in this job. */
  readonly complete: boolean;
}

/** Another worker has taken the job over: stop, nothing was written. */
export class FencedOutError extends Error {
  constructor() {
    super('another worker has taken over this sync job');
    this.name = 'FencedOutError';
  }
}

/** The disk is full or failed. Nothing of the call was written; reading still works, and the same call succeeds once there is room. */
export class StorageFullError extends Error {
  constructor(options?: ErrorOptions) {
    super('there is no room left to store records', options);
    this.name = 'StorageFullError';
  }
}

/** The store cannot be reached at the moment, or took too long. Whether the call was carried out is known when it is asked again. */
export class StorageUnavailableError extends Error {
  constructor(options?: ErrorOptions) {
    super('the record store cannot be reached', options);
    this.name = 'StorageUnavailableError';
  }
}

/**
 * The right to write one source connection's records for one job. Opening another one for the same source connection takes the right away:
 * from then on every call rejects with `FencedOutError`.
 */
export interface RecordWriter {
  /** What is committed, also by earlier attempts of the same job; another job starts with zero counters. */
  readonly progress: Progress;
  /**
   * One transaction: records, state, counts, counters. Durable when it resolves.
   * @throws FencedOutError
   * @throws StorageFullError
   */
  checkpoint(batches: readonly StreamBatch[]): Promise<Progress>;
  close(): Promise<void>;
}

export interface RecordFilter {
  readonly sourceConnectionId?: string;
  /** Without `namespace`: the streams of that name in every namespace. */
  readonly stream?: { readonly name: string; readonly namespace?: string | null };
}

/** A place in the order of a collection's records: by generation, then by insertion. */
export interface RecordPosition {
  /** Creation of the record's generation, ms since 1970; unique within the collection. */
  readonly generation: number;
  /** 1 … 2^44 - 1 within the generation. */
  readonly row: number;
}

export interface StoredRecord extends StreamRef, RecordPosition {
  readonly sourceConnectionId: string;
  /** `[]` without a primary key. */
  readonly primaryKeyValues: readonly string[];
  /** A JSON object. */
  readonly json: string;
  /** When this version of the record was committed. */
  readonly syncedAt: Date;
}

export interface RecordPage {
  readonly collection: CollectionKey;
  readonly filter: RecordFilter;
  readonly after?: RecordPosition;
  readonly before?: RecordPosition;
  /** At most this many, the first ones after `after`, or the last ones before `before` when `backwards`. Always returned in ascending order. */
  readonly limit: number;
  readonly backwards: boolean;
}

/** Where records live, apart from control data: a sync never makes a mutation wait. */
export interface RecordStore {
  /**
   * Raises the epoch of the source connection, removes what an earlier attempt or job appended without a STATE, and reads where to go on.
   * A stream whose sync mode or primary key no longer fits what is stored begins a new generation, without state.
   * @throws StorageFullError
   */
  openWriter(input: OpenWriter): Promise<RecordWriter>;
  page(input: RecordPage): Promise<StoredRecord[]>;
  /** `undefined` when the record is gone, or not in what readers see. */
  get(collection: CollectionKey, position: RecordPosition): Promise<StoredRecord | undefined>;
  /** Deletes what no reader can see any more, in small transactions. Called in a worker; `signal` stops between two of them. */
  sweep(collection: CollectionKey, signal: AbortSignal): Promise<void>;
  /** Everything of the collection, at once. Called in a worker, when no writer is open anywhere. */
  deleteCollection(collection: CollectionKey): Promise<void>;
  close(): Promise<void>;
}
