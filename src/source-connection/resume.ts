import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { changeSourceConnection } from './facets.ts';
import { getLiveSourceConnection } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';

/** Ends a pause, whoever made it; the failures before it count no more. One that is not paused stays as it is. @throws NotFoundError */
export async function resumeSourceConnection(ctx: Ctx, id: string): Promise<SourceConnection> {
  return inTransaction(ctx, async (tx) => {
    const before = await getLiveSourceConnection(tx, id);
    if (!before.pausedAt) return before;
    return changeSourceConnection(tx, id, { pausedAt: null, pauseReason: null, consecutiveFailures: 0 }, ctx.actor);
  });
}
