import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { changeSourceConnection } from './facets.ts';
import { getLiveSourceConnection } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';

/** From now on it starts no jobs by itself. The active one goes on; what people start runs too. Pausing again changes nothing. @throws NotFoundError */
export async function pauseSourceConnection(ctx: Ctx, id: string): Promise<SourceConnection> {
  return inTransaction(ctx, async (tx) => {
    const before = await getLiveSourceConnection(tx, id);
    if (before.pausedAt) return before;
    return changeSourceConnection(tx, id, { pausedAt: new Date(), pauseReason: 'USER' }, ctx.actor);
  });
}
