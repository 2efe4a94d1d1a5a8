import type { StreamToRead } from '../connector/connector.ts';
import { encodeRecord } from '../connector/encode.ts';
import type { EncodedRecord, Message } from '../connector/messages.ts';
import type { StreamBatch, StreamToWrite } from '../records/store.ts';

/** Above this a checkpoint is made at the next STATE; above twice as much, without waiting for one. */
const fullRecords = 25_000;
const fullBytes = 8 * 1024 * 1024;
/** A slow source is checkpointed this often, so that its progress is seen. */
const restlessMs = 250;

interface Buffered {
  records: EncodedRecord[];
  rejected: number;
}

interface StreamBuffer {
  /** Covered by `state`. */
  covered: Buffered & { state: StreamBatch['state'] };
  /** Came after the last STATE. */
  open: Buffered;
  complete: boolean;
}

/** Collects what a connector yields until a checkpoint is due. Its memory is bounded by the two limits above, whatever the source. */
export function createBatcher(writeStreamOf: (stream: StreamToRead) => StreamToWrite, onRejected: (stream: StreamToRead, reason: string) => void) {
  const buffers = new Map<StreamToRead, StreamBuffer>();
  let records = 0;
  let bytes = 0;
  let flushedAt = performance.now();
  let atState = false;

  const bufferOf = (stream: StreamToRead): StreamBuffer => {
    let buffer = buffers.get(stream);
    if (!buffer) {
      buffer = { covered: { records: [], rejected: 0, state: undefined }, open: { records: [], rejected: 0 }, complete: false };
      buffers.set(stream, buffer);
    }
    return buffer;
  };
  const add = (stream: StreamToRead, encoded: readonly EncodedRecord[]) => {
    const { open } = bufferOf(stream);
    if (open.records.length === 0) open.records = encoded.slice();
    else for (const record of encoded) open.records.push(record);
    records += encoded.length;
    for (const { json } of encoded) bytes += json.length;
  };
  const reject = (stream: StreamToRead, reason: string) => {
    bufferOf(stream).open.rejected++;
    onRejected(stream, reason);
  };

  return {
    add(message: Message): void {
      atState = false;
      switch (message.type) {
        case 'RECORD': {
          const encoded = encodeRecord(message.stream, message.data);
          if ('rejected' in encoded) reject(message.stream, encoded.rejected);
          else add(message.stream, [encoded]);
          break;
        }
        case 'RECORDS':
          add(message.stream, message.records);
          break;
        case 'REJECTED':
          reject(message.stream, message.reason);
          break;
        case 'STATE': {
          const buffer = bufferOf(message.stream);
          const { covered, open } = buffer;
          if (covered.records.length === 0) covered.records = open.records;
          else for (const record of open.records) covered.records.push(record);
          buffer.covered = { records: covered.records, rejected: covered.rejected + open.rejected, state: message.state };
          buffer.open = { records: [], rejected: 0 };
          atState = true;
          break;
        }
        case 'STREAM_STATUS':
          if (message.status === 'COMPLETE') bufferOf(message.stream).complete = true;
          break;
      }
    },
    complete(stream: StreamToRead): void {
      bufferOf(stream).complete = true;
    },
    /** Whether a checkpoint should be made now. */
    get due(): boolean {
      if (records >= 2 * fullRecords || bytes >= 2 * fullBytes) return true;
      if (!atState) return false;
      return records >= fullRecords || bytes >= fullBytes || performance.now() - flushedAt >= restlessMs;
    },
    /** Takes everything out, as one checkpoint. */
    take: (): StreamBatch[] => take(false),
    /** Takes out what a STATE covers, and forgets the rest. */
    takeCovered: (): StreamBatch[] => take(true),
  };

  function take(coveredOnly: boolean): StreamBatch[] {
    const batches: StreamBatch[] = [];
    for (const [read, { covered, open, complete }] of buffers) {
      const stream = writeStreamOf(read);
      const hasOpen = open.records.length > 0 || open.rejected > 0;
      if (covered.state !== undefined)
        batches.push({ stream, records: covered.records, rejected: covered.rejected, state: covered.state, complete: complete && !hasOpen });
      if (!coveredOnly && (hasOpen || (complete && covered.state === undefined))) batches.push({ stream, ...open, complete });
    }
    buffers.clear();
    records = 0;
    bytes = 0;
    flushedAt = performance.now();
    return batches;
  }
}
