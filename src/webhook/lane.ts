import type { Db } from '../db/rows.ts';
import { inTransaction, type Transaction, type TransactionScope } from '../db/transaction.ts';
import { WebhookLaneEntity } from './webhook-lane.entity.ts';

export interface LaneOwners {
  readonly organizationId: string;
  readonly webhookIds: readonly string[];
  readonly sourceConnectionIds: readonly string[];
}

/**
 * Makes lanes due that have nothing to do yet, and those that are not there. To be called before what is pending is stored: on an engine without one
 * writer whoever writes into a lane has it for itself from here on, so that cursors follow the order of the commits.
 */
export async function openLanes(db: Db, { organizationId, webhookIds, sourceConnectionIds }: LaneOwners, dueAt: Date | null): Promise<void> {
  const makeDue = async () => {
    const [result] = await db
      .updateTable('webhook_lane')
      .set(({ fn, val }) => ({ due_at: fn.coalesce('due_at', val(dueAt)) }))
      .where('webhook_id', 'in', [...webhookIds])
      .where('source_connection_id', 'in', [...sourceConnectionIds])
      .execute();
    return Number(result?.numUpdatedRows ?? 0);
  };
  const found = await makeDue();
  if (found === webhookIds.length * sourceConnectionIds.length) return;
  const rows = webhookIds.flatMap((webhook_id) =>
    sourceConnectionIds.map((source_connection_id) => ({ organization_id: organizationId, webhook_id, source_connection_id })),
  );
  await db
    .insertInto('webhook_lane')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await makeDue();
}

/** Lets go of all lanes: at start, when no deliverer of the former process can be alive. */
export async function releaseLanes(scope: TransactionScope): Promise<void> {
  await inTransaction(scope, (tx) =>
    tx.em.nativeUpdate(WebhookLaneEntity, { leaseToken: { $ne: null }, dueAt: { $ne: null } }, { leaseToken: null, dueAt: new Date() }),
  );
}

/** A lane, and the token that every write of its holder is fenced with. */
export interface HeldLane {
  readonly webhookId: string;
  readonly sourceConnectionId: string;
  readonly leaseToken: string;
}

/** @returns whether it was still held: otherwise somebody else delivers, or the webhook is gone */
export async function changeLane(tx: Transaction, held: HeldLane, changes: { dueAt: Date | null; leaseToken?: null }): Promise<boolean> {
  const { webhookId, sourceConnectionId, leaseToken } = held;
  return (await tx.em.nativeUpdate(WebhookLaneEntity, { webhookId, sourceConnectionId, leaseToken }, changes)) > 0;
}

/** How long a lane is held for one attempt: longer than that can take, so that nobody else begins the same. @param timeoutMs of an attempt */
export function leaseMs(timeoutMs: number): number {
  return timeoutMs + 15_000;
}

/** Lets go of a lane that has something to do still: it is the turn of others that are due. */
export async function putBack(scope: TransactionScope, held: HeldLane): Promise<void> {
  await inTransaction(scope, (tx) => changeLane(tx, held, { dueAt: new Date(), leaseToken: null }));
}
