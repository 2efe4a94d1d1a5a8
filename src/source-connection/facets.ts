import type { Transaction } from '../db/transaction.ts';
import type { Actor } from '../lib/actor.ts';
import { enqueueEvent } from '../webhook/enqueue.ts';
import { sourceConnections } from './read.ts';
import { retime } from './retime.ts';
import { type SourceConnection, SourceConnectionEntity } from './source-connection.entity.ts';
import { deriveStatus, deriveStatusReason, failuresUntilWarned } from './status.ts';
import { StatusChangeEntity } from './status-change.entity.ts';

/** The topic that wakes whoever watches statuses. */
export const statusTopic = 'source-connection-statuses';
/** The topic that wakes whoever waits for what source connections do by themselves. */
export const timesTopic = 'source-connection-times';

export type ConnectionChanges = Partial<
  Omit<SourceConnection, 'id' | 'version' | 'status' | 'statusReason' | 'delayedAt' | 'health' | 'updatedAt' | 'updatedBy'>
>;

/**
 * Changes a source connection in the given transaction: its status and its next run are derived again, its version grows, and a changed status or
 * health is logged for the subscribers.
 * @param actor who is shown as the one that updated it; absent for changes that no person made
 */
export async function changeSourceConnection(
  tx: Transaction,
  id: string,
  changes: ConnectionChanges,
  actor?: Actor,
  now = new Date(),
): Promise<SourceConnection> {
  const raw = await tx.db.selectFrom('source_connection').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const before = sourceConnections.toRow(raw);
  const after: SourceConnection = { ...before, ...changes, version: before.version + 1, updatedAt: now, updatedBy: actor ?? before.updatedBy };
  after.status = deriveStatus(after);
  after.statusReason = deriveStatusReason(after);
  Object.assign(after, retime(before, after, now));
  await tx.em.nativeUpdate(
    SourceConnectionEntity,
    { id },
    {
      ...changes,
      version: after.version,
      updatedAt: after.updatedAt,
      updatedBy: after.updatedBy,
      status: after.status,
      statusReason: after.statusReason,
      nextScheduledRun: after.nextScheduledRun,
      delayedAt: after.delayedAt,
      health: after.health,
    },
  );
  const warns = after.consecutiveFailures > before.consecutiveFailures && after.consecutiveFailures >= failuresUntilWarned;
  if (after.status !== before.status || after.health !== before.health || warns) await logStatus(tx, after);
  if (timesOf(after) !== timesOf(before)) tx.publish(timesTopic);
  return after;
}

/** The times that something happens by itself. */
function timesOf({ nextScheduledRun, delayedAt, pauseAt }: SourceConnection): string {
  return JSON.stringify([nextScheduledRun, delayedAt, pauseAt]);
}

/** Also called for a new source connection: its first status. */
export async function logStatus(tx: Transaction, connection: SourceConnection): Promise<void> {
  await tx.em.insert(StatusChangeEntity, {
    organizationId: connection.organizationId,
    collectionId: connection.collectionId,
    sourceConnectionId: connection.id,
    status: connection.status,
    statusReason: connection.statusReason,
    version: connection.version,
    at: connection.updatedAt,
  });
  tx.publish(statusTopic);
  const { organizationId, id: sourceConnectionId, updatedAt: at } = connection;
  await enqueueEvent(tx, { event: 'SOURCE_CONNECTION_STATUS', organizationId, sourceConnectionId, at, data: () => statusPayload(connection) });
}

/** What receivers of webhooks are told, as the API shows it. */
function statusPayload(connection: SourceConnection) {
  const { id, organizationId, collectionId, name, status, statusReason, pauseReason, health, version } = connection;
  return { sourceConnectionId: id, organizationId, collectionId, name, status, statusReason, pauseReason, health, version };
}
