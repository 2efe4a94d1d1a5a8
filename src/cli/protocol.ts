import type { DiscoveredStream, JsonObject, StreamRef, SyncMode } from '../connector/connector.ts';
import { type FailureType, SourceFailure } from '../connector/failures.ts';
import type { LogLevel } from '../connector/messages.ts';

// Messages of the Airbyte protocol, one JSON object for each line.

const descriptorOf = ({ name, namespace }: StreamRef) => ({ name, ...(namespace === null ? {} : { namespace }) });

/** @param json the record, which is JSON already */
export function recordLine(ref: StreamRef, json: string): string {
  const namespace = ref.namespace === null ? '' : `,"namespace":${JSON.stringify(ref.namespace)}`;
  return `{"type":"RECORD","record":{"stream":${JSON.stringify(ref.name)}${namespace},"data":${json},"emitted_at":${Date.now()}}}`;
}

export function stateLine(ref: StreamRef, state: JsonObject): string {
  return JSON.stringify({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: descriptorOf(ref), stream_state: state } } });
}

export function logLine(level: LogLevel, message: string): string {
  return JSON.stringify({ type: 'LOG', log: { level, message } });
}

export function streamStatusLine(ref: StreamRef, status: 'STARTED' | 'RUNNING' | 'COMPLETE' | 'INCOMPLETE'): string {
  return JSON.stringify({
    type: 'TRACE',
    trace: { type: 'STREAM_STATUS', emitted_at: Date.now(), stream_status: { stream_descriptor: descriptorOf(ref), status } },
  });
}

export interface Failure {
  readonly type: FailureType;
  readonly message: string;
  /** Where it broke when the connector is to blame, for its author. */
  readonly stack: string | null;
}

/** What a connector threw, without secrets. */
export function failureOf(error: unknown, redact: (text: string) => string): Failure {
  if (error instanceof SourceFailure) return { type: error.type, message: redact(error.message), stack: null };
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  return { type: 'INTERNAL', message: 'The connector broke because of an error of its own.', stack: redact(stack) };
}

const blame: Record<FailureType, 'config_error' | 'transient_error' | 'system_error'> = {
  CONFIG: 'config_error',
  AUTH: 'config_error',
  RATE_LIMIT: 'transient_error',
  UNAVAILABLE: 'transient_error',
  TRANSIENT: 'transient_error',
  TIMEOUT: 'transient_error',
  INTERNAL: 'system_error',
};

export function errorLine({ type, message, stack }: Failure, ref?: StreamRef): string {
  return JSON.stringify({
    type: 'TRACE',
    trace: {
      type: 'ERROR',
      emitted_at: Date.now(),
      error: {
        message,
        failure_type: blame[type],
        ...(stack === null ? {} : { stack_trace: stack }),
        ...(ref ? { stream_descriptor: descriptorOf(ref) } : {}),
      },
    },
  });
}

const modeNames: Record<SyncMode, 'full_refresh' | 'incremental'> = {
  FULL_REFRESH_OVERWRITE: 'full_refresh',
  FULL_REFRESH_APPEND: 'full_refresh',
  INCREMENTAL_APPEND: 'incremental',
  INCREMENTAL_DEDUPED: 'incremental',
};

export function catalogLine(streams: readonly DiscoveredStream[]): string {
  return JSON.stringify({
    type: 'CATALOG',
    catalog: {
      streams: streams.map((stream) => ({
        ...descriptorOf(stream),
        json_schema: stream.jsonSchema,
        supported_sync_modes: [...new Set(stream.supportedSyncModes.map((mode) => modeNames[mode]))],
        source_defined_cursor: stream.sourceDefinedCursor ?? false,
        ...(stream.defaultCursorField ? { default_cursor_field: stream.defaultCursorField } : {}),
        source_defined_primary_key: stream.sourceDefinedPrimaryKey,
      })),
    },
  });
}
