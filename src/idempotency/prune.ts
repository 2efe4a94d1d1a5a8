import type { Services } from '../context.ts';
import { pruneBatch } from '../db/prune-oldest.ts';
import { inTransaction } from '../db/transaction.ts';
import { rememberedMs } from './once.ts';

/** Deletes keys that are not remembered any more at a moment, some in each transaction, and says how many after each. */
export async function* pruneIdempotencyKeys(services: Services, now: Date): AsyncGenerator<number> {
  for (;;) {
    const deleted = await inTransaction(services, (tx) => {
      const old = tx.db
        .selectFrom('idempotency_key')
        .select('id')
        .where('created_at', '<', now.getTime() - rememberedMs)
        .orderBy('created_at')
        .limit(pruneBatch);
      return tx.db.deleteFrom('idempotency_key').where('id', 'in', old).returning('id').execute();
    });
    if (deleted.length === 0) return;
    yield deleted.length;
  }
}
