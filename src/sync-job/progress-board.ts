import { isSameStream, type StreamToRead } from '../connector/connector.ts';
import type { Progress, StreamToWrite } from '../records/store.ts';
import type { ConfiguredStream } from '../source-connection/configured-stream.entity.ts';
import type { SyncJobFailure, SyncJobStream } from './sync-job.entity.ts';

interface Line {
  readonly configured: ConfiguredStream;
  readonly read: StreamToRead;
  complete: boolean;
  started: boolean;
  failure: SyncJobFailure | null;
}

/** Who is where during a run: each configured stream, what the connector was given for it, and how far it got. */
export function createProgressBoard(streams: readonly ConfiguredStream[], progress: Progress) {
  const lines: Line[] = streams.map((configured) => {
    const committed = progressOf(configured, progress);
    const { name, namespace, syncMode, cursorField, primaryKey, selectedFields } = configured;
    return {
      configured,
      read: { name, namespace, syncMode, cursorField, primaryKey, selectedFields, state: committed?.state ?? null },
      complete: committed?.complete ?? false,
      started: (committed?.recordsRead ?? 0) > 0,
      failure: null,
    };
  });
  const byRead = new Map(lines.map((line) => [line.read, line]));
  const lineOf = (stream: StreamToRead): Line => {
    const line = byRead.get(stream);
    if (!line) throw new Error('a connector yielded a stream that it was not given');
    return line;
  };
  return {
    /** What is left to read. */
    unfinished: (): StreamToRead[] => lines.filter(({ complete }) => !complete).map(({ read }) => read),
    writeStreamOf: (stream: StreamToRead): StreamToWrite => lineOf(stream).configured,
    touch(stream: StreamToRead): void {
      lineOf(stream).started = true;
    },
    fail(stream: StreamToRead, failure: SyncJobFailure): void {
      lineOf(stream).failure ??= failure;
    },
    hasFailed: (stream: StreamToRead): boolean => lineOf(stream).failure !== null,
    /** The first failure of a stream, which is then that of the job. */
    failure: (): SyncJobFailure | null => lines.find((line) => line.failure)?.failure ?? null,
    /** The streams of the job as clients see them. */
    update: (committed: Progress): SyncJobStream[] =>
      lines.map((line) => {
        const stream = progressOf(line.configured, committed);
        line.complete = stream?.complete ?? false;
        const status = line.complete ? 'COMPLETE' : line.failure ? 'INCOMPLETE' : line.started ? 'RUNNING' : 'PENDING';
        return {
          name: line.configured.name,
          namespace: line.configured.namespace,
          status,
          recordsRead: stream?.recordsRead ?? 0,
          bytesRead: stream?.bytesRead ?? 0,
          failure: line.failure,
        };
      }),
  };
}

function progressOf(configured: ConfiguredStream, progress: Progress) {
  return progress.streams.find((stream) => isSameStream(stream, configured));
}
