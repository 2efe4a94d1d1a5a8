import type { Socket } from 'node:net';
import { SourceFailure } from '../../connector/failures.ts';

const headerBytes = 5;
const mostMessageBytes = 1024 * 1024;
const mostResultBytes = 64 * 1024 * 1024;
const mostRecordBytes = 256 * 1024 * 1024;

const code = (letter: string) => letter.charCodeAt(0);
const [copyData, dataRow, readyForQuery, errorResponse, noticeResponse] = ['d', 'D', 'Z', 'E', 'N'].map(code);

/**
 * Keeps from the driver what no PostgreSQL server sends: the driver would wait for gigabytes that another kind of server seems to promise,
 * read a damaged message for ever, or throw where nobody catches it. The socket is destroyed with a CONFIG failure instead.
 * @see the message formats of the PostgreSQL protocol
 */
export function guarded(socket: Socket): Socket {
  const check = createFrameCheck();
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...given: unknown[]) => boolean;
  const refuse = (error: unknown) => socket.destroy(error instanceof SourceFailure ? error : notPostgresql(error));
  return Object.assign(socket, {
    emit(event: string | symbol, ...given: unknown[]): boolean {
      // The driver parses what comes in listeners of the socket, so its errors come out here.
      if (event !== 'data' && event !== 'readable') return emit(event, ...given);
      try {
        if (event === 'data') check(given[0] as Buffer);
        return emit(event, ...given);
      } catch (error) {
        refuse(error);
        // COPY takes the data from `read()`, which announces them first: only throwing keeps them from it.
        if (event === 'data' && socket.listenerCount('data') === 0) throw error;
        return true;
      }
    },
  });
}

function notPostgresql(cause?: unknown): SourceFailure {
  return new SourceFailure('CONFIG', 'The server does not answer as PostgreSQL does.', { cause });
}

/** Follows the messages in what arrives, however it is cut. @throws SourceFailure at the first that cannot be */
export function createFrameCheck(): (chunk: Buffer) => void {
  const header = Buffer.alloc(headerBytes);
  let headerFilled = 0;
  /** Of the current message, still to come. */
  let left = 0;
  let type = 0;
  /** The last two bytes of the current message so far. */
  let ending = 0xffff;
  /** Since the server was last ready for a query. */
  let resultBytes = 0;

  function begin(): void {
    type = header[0] as number;
    const length = header.readUInt32BE(1);
    if (length < 4) throw notPostgresql();
    left = length - 4;
    headerFilled = 0;
    // One zero byte alone is an empty list of fields.
    ending = 0xff00;
    if (type === copyData) {
      if (length > mostRecordBytes) throw new SourceFailure('CONFIG', 'A record is larger than 256 MiB.');
      return;
    }
    resultBytes = type === readyForQuery ? 0 : resultBytes + length;
    if (type !== dataRow && length > mostMessageBytes) throw notPostgresql();
    if (resultBytes > mostResultBytes) throw new SourceFailure('CONFIG', 'The server describes more than 64 MiB of tables and columns.');
  }

  function finish(): void {
    // A list of fields, each ended by a zero byte, and a zero byte at the end.
    if ((type === errorResponse || type === noticeResponse) && ending !== 0) throw notPostgresql();
  }

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left === 0) {
        const taken = chunk.copy(header, headerFilled, at, at + headerBytes - headerFilled);
        headerFilled += taken;
        at += taken;
        if (headerFilled < headerBytes) return;
        begin();
        if (left === 0) finish();
        continue;
      }
      const taken = Math.min(left, chunk.length - at);
      if (taken > 1) ending = chunk.readUInt16BE(at + taken - 2);
      else ending = ((ending & 0xff) << 8) | (chunk[at] as number);
      at += taken;
      left -= taken;
      if (left === 0) finish();
    }
  };
}
