import type { Connector, DiscoveredStream, StreamRef, SyncMode } from '../connector/connector.ts';
import type { ValidationIssue } from '../connector/validate.ts';
import type { Transaction } from '../db/transaction.ts';
import { ValidationError } from '../errors.ts';
import { newId } from '../lib/typeid.ts';
import { type ConfiguredStream, ConfiguredStreamEntity } from './configured-stream.entity.ts';
import type { SourceConnection } from './source-connection.entity.ts';

export interface StreamInput {
  readonly name: string;
  readonly namespace?: string | null | undefined;
  readonly syncMode?: SyncMode | null | undefined;
  readonly cursorField?: readonly string[] | null | undefined;
  readonly primaryKey?: readonly (readonly string[])[] | null | undefined;
  readonly selectedFields?: readonly string[] | null | undefined;
}

/** A stream as it will be configured. */
export interface PlannedStream extends StreamRef {
  readonly syncMode: SyncMode;
  readonly cursorField: string[] | null;
  readonly primaryKey: string[][];
  readonly selectedFields: string[] | null;
}

/**
 * Decides how each stream is synced: what the input says, else what the source says, else the safe default.
 * @param discovered `null` when the source was not asked; the input is then taken at its word
 * @param inputs `null` = every discovered stream
 * @throws ValidationError
 */
export function planStreams(
  connector: Connector,
  discovered: readonly DiscoveredStream[] | null,
  inputs: readonly StreamInput[] | null | undefined,
): PlannedStream[] {
  if (!inputs) return (discovered ?? []).map((stream) => plan({ name: stream.name, namespace: stream.namespace }, stream));
  const issues: ValidationIssue[] = [];
  const complain = (index: number, field: string, message: string) => issues.push({ path: ['streams', String(index), field], message });
  const seen = new Set<string>();
  const planned = inputs.map((input, index) => {
    const stream = discovered?.find(
      (candidate) => candidate.name === input.name && (input.namespace == null || candidate.namespace === input.namespace),
    );
    if (discovered && !stream) complain(index, 'name', 'The source has no such stream.');
    const result = plan(input, stream);
    const reference = JSON.stringify([result.namespace, result.name]);
    if (seen.has(reference)) complain(index, 'name', 'This stream is listed twice.');
    seen.add(reference);
    checkPlan(connector, result, stream, (field, message) => complain(index, field, message));
    return result;
  });
  if (issues.length > 0) throw new ValidationError(issues);
  return planned;
}

function plan(input: StreamInput, stream: DiscoveredStream | undefined): PlannedStream {
  const primaryKey = (input.primaryKey ?? stream?.sourceDefinedPrimaryKey ?? []).map((path) => [...path]);
  const cursorField = input.cursorField ?? stream?.defaultCursorField ?? null;
  const hasCursor = cursorField !== null && cursorField.length > 0;
  const mayDedupe = primaryKey.length > 0 && hasCursor && (stream?.supportedSyncModes.includes('INCREMENTAL_DEDUPED') ?? true);
  return {
    name: input.name,
    namespace: input.namespace ?? stream?.namespace ?? null,
    syncMode: input.syncMode ?? (mayDedupe ? 'INCREMENTAL_DEDUPED' : 'FULL_REFRESH_OVERWRITE'),
    cursorField: hasCursor ? [...cursorField] : null,
    primaryKey,
    selectedFields: input.selectedFields ? [...input.selectedFields] : null,
  };
}

function checkPlan(
  connector: Connector,
  planned: PlannedStream,
  stream: DiscoveredStream | undefined,
  complain: (field: string, message: string) => void,
): void {
  const modes = stream?.supportedSyncModes ?? connector.supportedSyncModes;
  if (!modes.includes(planned.syncMode)) complain('syncMode', `This stream offers ${modes.join(', ')}.`);
  if (planned.syncMode === 'INCREMENTAL_DEDUPED' && planned.primaryKey.length === 0)
    complain('primaryKey', 'INCREMENTAL_DEDUPED needs a primary key.');
  const incremental = planned.syncMode === 'INCREMENTAL_APPEND' || planned.syncMode === 'INCREMENTAL_DEDUPED';
  if (incremental && !planned.cursorField && !stream?.sourceDefinedCursor && stream)
    complain('cursorField', `${planned.syncMode} needs a cursor field.`);
  if (planned.selectedFields?.length === 0) complain('selectedFields', 'Select at least one field, or leave it out for all.');
  const fields = stream?.jsonSchema['properties'];
  if (!fields || typeof fields !== 'object' || Array.isArray(fields)) return;
  const unknown = (path: readonly string[]) => path.length === 0 || !(String(path[0]) in fields);
  if (planned.cursorField && unknown(planned.cursorField)) complain('cursorField', 'The stream has no such field.');
  if (planned.primaryKey.some(unknown)) complain('primaryKey', 'The stream has no such field.');
  if (planned.selectedFields?.some((name) => unknown([name]))) complain('selectedFields', 'The stream has no such field.');
}

/** What a stream has to know of its source connection. */
export type StreamOwner = Pick<SourceConnection, 'id' | 'organizationId' | 'collectionId'>;

export function newStream(id: string, connection: StreamOwner, planned: PlannedStream, position: number): ConfiguredStream {
  return {
    ...planned,
    id,
    organizationId: connection.organizationId,
    sourceConnectionId: connection.id,
    collectionId: connection.collectionId,
    position,
    configured: true,
    stateForgotten: false,
    state: null,
    recordCount: 0,
  };
}

export async function insertStreams(tx: Transaction, connection: StreamOwner, planned: readonly PlannedStream[]): Promise<void> {
  const rows = planned.map((stream, position) => newStream(newId('str'), connection, stream, position));
  if (rows.length > 0) await tx.em.insertMany(ConfiguredStreamEntity, rows);
}
