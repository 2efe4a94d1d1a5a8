import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { changeSourceConnection } from './facets.ts';
import { getLiveSourceConnection } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';

export interface UpdateInput {
  readonly id: string;
  readonly name?: string | null | undefined;
  /** `null` clears it. */
  readonly description?: string | null | undefined;
  /** Replaces the whole set; `null` empties it. */
  readonly metadata?: Record<string, string> | null | undefined;
}

/** Changes what people wrote about a source connection. What is left out stays. @throws NotFoundError */
export async function updateSourceConnection(ctx: Ctx, input: UpdateInput): Promise<SourceConnection> {
  await getLiveSourceConnection(ctx, input.id);
  return inTransaction(ctx, (tx) =>
    changeSourceConnection(
      tx,
      input.id,
      {
        ...(input.name == null ? {} : { name: input.name }),
        ...(input.description === undefined ? {} : { description: input.description }),
        ...(input.metadata === undefined ? {} : { metadata: input.metadata ?? {} }),
      },
      ctx.actor,
    ),
  );
}
