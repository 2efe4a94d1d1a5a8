import { isSameStream } from '../connector/connector.ts';
import type { Transaction } from '../db/transaction.ts';
import { newId } from '../lib/typeid.ts';
import { type ConfiguredStream, ConfiguredStreamEntity } from './configured-stream.entity.ts';
import { configuredStreams } from './read.ts';
import { newStream, type PlannedStream, type StreamOwner } from './stream-plan.ts';

/** Makes the planned streams the whole set. What is left out keeps its records; a changed mode, cursor or key forgets the stream's state. */
export async function replaceStreams(tx: Transaction, connection: StreamOwner, planned: readonly PlannedStream[]): Promise<void> {
  const rows = await tx.db.selectFrom('configured_stream').selectAll().where('source_connection_id', '=', connection.id).execute();
  const known = rows.map(configuredStreams.toRow);
  for (const stream of known) {
    if (!planned.some((wanted) => isSameStream(wanted, stream)))
      await tx.em.nativeUpdate(ConfiguredStreamEntity, { id: stream.id }, { configured: false });
  }
  for (const [position, wanted] of planned.entries()) {
    const before = known.find((stream) => isSameStream(wanted, stream));
    if (before) {
      const forgotten = before.stateForgotten || isReadOtherwise(before, wanted);
      await tx.em.nativeUpdate(
        ConfiguredStreamEntity,
        { id: before.id },
        { ...wanted, position, configured: true, stateForgotten: forgotten, state: forgotten ? null : before.state },
      );
    } else {
      await tx.em.insert(ConfiguredStreamEntity, newStream(newId('str'), connection, wanted, position));
    }
  }
}

function isReadOtherwise(before: ConfiguredStream, after: PlannedStream): boolean {
  const essence = ({ syncMode, cursorField, primaryKey }: PlannedStream) => JSON.stringify([syncMode, cursorField, primaryKey]);
  return essence(before) !== essence(after);
}
