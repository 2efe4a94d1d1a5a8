import type { DiscoveredStream, FieldPath } from '../connector/connector.ts';
import type { LogLevel } from '../connector/messages.ts';
import { sayLog } from './check.ts';
import { type Command, CommandError, exitStatus } from './command.ts';
import { abortOnInterrupt, unlessAborted } from './interrupt.ts';
import { print, table } from './output.ts';
import { catalogLine, errorLine, failureOf, logLine } from './protocol.ts';
import { aboutConfig, configOption, openTarget } from './target.ts';

export const command: Command = {
  name: 'discover',
  description: `Lists the streams of a source. With --json a CATALOG of the Airbyte protocol, with the JSON Schema of each.\n\n${aboutConfig}`,
  positionals: ['SHORTNAME'],
  options: { config: configOption },
  async run(given) {
    const json = given.flag('json');
    const { signal } = abortOnInterrupt();
    const log = json ? (level: LogLevel, message: string) => print(logLine(level, message)) : sayLog;
    const { connector, context, redact } = await openTarget(given, signal, log);
    try {
      const streams = await unlessAborted(connector.discover(context), signal);
      print(json ? catalogLine(streams) : table(['STREAM', 'PRIMARY KEY', 'CURSOR FIELD', 'RECORDS', 'SYNC MODES'], streams.map(row)));
      return exitStatus.success;
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOf(error, redact);
      if (!json) throw new CommandError(failure.stack ?? failure.message);
      print(errorLine(failure));
      return exitStatus.failure;
    }
  },
};

function row(stream: DiscoveredStream): string[] {
  const path = (field: FieldPath) => field.join('.');
  const cursor = stream.defaultCursorField ? path(stream.defaultCursorField) : stream.sourceDefinedCursor ? 'the source’s own' : '-';
  return [
    stream.namespace === null ? stream.name : `${stream.namespace}.${stream.name}`,
    stream.sourceDefinedPrimaryKey.map(path).join(', ') || '-',
    cursor,
    stream.estimatedRecordCount === null ? '?' : String(stream.estimatedRecordCount),
    stream.supportedSyncModes.join(', '),
  ];
}
