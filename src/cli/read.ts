import type { DiscoveredStream, StreamToRead } from '../connector/connector.ts';
import { encodeRecord } from '../connector/encode.ts';
import type { EncodedRecord, Message } from '../connector/messages.ts';
import { planStreams } from '../source-connection/stream-plan.ts';
import { stopEarly } from '../sync-job/stop-early.ts';
import { type Command, CommandError, exitStatus, UsageError } from './command.ts';
import { abortOnInterrupt, unlessAborted } from './interrupt.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';
import { errorLine, failureOf, logLine, recordLine, stateLine, streamStatusLine } from './protocol.ts';
import { createReadProgress } from './read-progress.ts';
import { noStates, readStates } from './state-file.ts';
import { aboutConfig, configOption, openTarget } from './target.ts';

export const command: Command = {
  name: 'read',
  description: `Reads records of a source and prints them as messages of the Airbyte protocol, one JSON object for each line, with or without --json.
What it printed can be given back as --state: reading then goes on where it ended.\n\n${aboutConfig}`,
  positionals: ['SHORTNAME'],
  options: {
    config: configOption,
    stream: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'Only this stream, NAME or NAMESPACE.NAME; may be given again. All when left out',
    },
    state: { type: 'string', value: 'FILE', help: 'Go on from the last STATE of each stream in this file' },
    limit: { type: 'string', value: 'N', help: 'Stop after N records, all streams together' },
  },
  async run(given) {
    const limit = parseLimit(given.text('limit'));
    const statePath = given.text('state');
    const interrupt = abortOnInterrupt();
    const { signal } = interrupt;
    const writer = createLineWriter(process.stdout);
    const { connector, context, redact } = await openTarget(given, signal, (level, message) => writer.add(logLine(level, message)));
    const states = statePath === undefined ? noStates : await readStates(statePath);
    try {
      const discovered = await unlessAborted(connector.discover(context), signal);
      const planned = planStreams(connector, discovered, wanted(discovered, given.texts('stream')));
      const streams = planned.map((stream): StreamToRead => ({ ...stream, state: states.of(stream) }));
      const reading = createReading(writer, streams, redact, limit);
      for await (const message of stopEarly(connector.read(context, streams), signal)) {
        if (!reading.take(message)) break;
        await writer.drain();
      }
      return reading.end() ? exitStatus.success : exitStatus.failure;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CommandError) throw error;
      writer.add(errorLine(failureOf(error, redact)));
      return exitStatus.failure;
    } finally {
      await writer.flush();
      // A connector that is still reading hears that nobody listens.
      interrupt.abort();
    }
  },
};

function parseLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError('--limit takes a whole number above 0.');
  return Number(text);
}

function wanted(discovered: readonly DiscoveredStream[], names: readonly string[]): DiscoveredStream[] | null {
  if (names.length === 0) return null;
  const found = names.flatMap((name) => {
    const matches = discovered.filter((stream) => stream.name === name || `${stream.namespace}.${stream.name}` === name);
    if (matches.length === 0) throw new CommandError(`The source has no stream "${name}". List them with: headgate discover`);
    return matches;
  });
  return [...new Set(found)];
}

/** Turns what the connector yields into lines. */
function createReading(writer: LineWriter, streams: readonly StreamToRead[], redact: (text: string) => string, limit: number) {
  const progress = createReadProgress(process.stderr);
  const unfinished = new Set(streams);
  let records = 0;
  let bytes = 0;
  let failed = false;
  for (const stream of streams) writer.add(streamStatusLine(stream, 'STARTED'));

  const add = (stream: StreamToRead, encoded: readonly EncodedRecord[]) => {
    for (const { json } of encoded.slice(0, limit - records)) {
      writer.add(recordLine(stream, json));
      bytes += json.length;
    }
    records = Math.min(limit, records + encoded.length);
    progress.update(records, bytes);
  };
  const reject = (stream: StreamToRead, reason: string) => writer.add(logLine('WARN', redact(`A record of ${stream.name} was rejected: ${reason}`)));
  const finish = (stream: StreamToRead, status: 'COMPLETE' | 'INCOMPLETE') => {
    if (unfinished.delete(stream)) writer.add(streamStatusLine(stream, status));
  };

  return {
    /** @returns whether there may be more */
    take(message: Message): boolean {
      const { stream } = message;
      switch (message.type) {
        case 'RECORD': {
          const encoded = encodeRecord(stream, message.data);
          if ('rejected' in encoded) reject(stream, encoded.rejected);
          else add(stream, [encoded]);
          break;
        }
        case 'RECORDS':
          add(stream, message.records);
          break;
        case 'REJECTED':
          reject(stream, message.reason);
          break;
        case 'STATE':
          writer.add(stateLine(stream, message.state));
          break;
        case 'STREAM_STATUS':
          if (message.status === 'RUNNING') writer.add(streamStatusLine(stream, 'RUNNING'));
          else finish(stream, message.status);
          if (message.status === 'INCOMPLETE') {
            failed = true;
            writer.add(errorLine(failureOf(message.failure, redact), stream));
          }
          break;
      }
      return records < limit;
    },
    /** @returns whether every stream was read to its end, or to the limit */
    end(): boolean {
      if (records < limit) for (const stream of unfinished) finish(stream, 'COMPLETE');
      progress.end();
      return !failed;
    },
  };
}
