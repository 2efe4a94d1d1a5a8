import type { Access } from '../db/scope.ts';
import { inTransaction, type TransactionScope } from '../db/transaction.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { WebhookDeliveryEntity } from './webhook-delivery.entity.ts';

type Scope = TransactionScope & Pick<Access, 'db'>;

const batchSize = 500;

/**
 * Removes one batch of the oldest deliveries of everybody, those too that are still pending: for house-keeping, which calls it until nothing is left.
 * @returns how many it removed; 0 = what is kept is younger than `before`
 */
export async function pruneDeliveries(scope: Scope, before: Date, limit = batchSize): Promise<number> {
  // The order of the cursors is that of time: where the oldest are young, so are all others.
  const oldest = await scope.db.selectFrom('webhook_delivery').select(['cursor', 'at']).orderBy('cursor').limit(limit).execute();
  return remove(
    scope,
    oldest.filter(({ at }) => new Date(at).getTime() < before.getTime()).map(({ cursor }) => Number(cursor)),
  );
}

/** Removes what deleted webhooks have left behind, in small bites, so that a neighbour never waits. */
export async function purgeDeleted(scope: Scope, signal: AbortSignal): Promise<void> {
  const deleted = await scope.db.selectFrom('webhook').select('id').where('deleted_at', 'is not', null).execute();
  for (const { id } of deleted) {
    for (let removed = batchSize; removed === batchSize; ) {
      if (signal.aborted) return;
      const some = await scope.db.selectFrom('webhook_delivery').select('cursor').where('webhook_id', '=', id).limit(batchSize).execute();
      removed = await remove(
        scope,
        some.map(({ cursor }) => Number(cursor)),
      );
    }
    await inTransaction(scope, (tx) => tx.em.nativeDelete(WebhookEntity, { id }));
  }
}

async function remove(scope: TransactionScope, cursors: readonly number[]): Promise<number> {
  if (cursors.length > 0) await inTransaction(scope, (tx) => tx.em.nativeDelete(WebhookDeliveryEntity, { cursor: { $in: [...cursors] } }));
  return cursors.length;
}
