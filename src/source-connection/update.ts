import type { Ctx } from '../context.ts';
import { inTransaction } from '../db/transaction.ts';
import { connectorOf } from '../source/catalog.ts';
import { changeSourceConnection } from './facets.ts';
import { getLiveSourceConnection } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { changesOfTiming, checkTiming, type TimingInput } from './timing-input.ts';

export interface UpdateInput extends TimingInput {
  readonly id: string;
  readonly name?: string | null | undefined;
  /** `null` clears it. */
  readonly description?: string | null | undefined;
  /** Replaces the whole set; `null` empties it. */
  readonly metadata?: Record<string, string> | null | undefined;
}

/** Changes what people say about a source connection: its texts, and when it runs. What is left out stays. @throws NotFoundError ValidationError */
export async function updateSourceConnection(ctx: Ctx, input: UpdateInput): Promise<SourceConnection> {
  const { sourceShortName } = await getLiveSourceConnection(ctx, input.id);
  const timing = checkTiming(input, connectorOf(sourceShortName));
  return inTransaction(ctx, async (tx) => {
    const { schedule } = await getLiveSourceConnection(tx, input.id);
    return changeSourceConnection(
      tx,
      input.id,
      {
        ...(input.name == null ? {} : { name: input.name }),
        ...(input.description === undefined ? {} : { description: input.description }),
        ...(input.metadata === undefined ? {} : { metadata: input.metadata ?? {} }),
        ...changesOfTiming(timing, schedule),
      },
      ctx.actor,
    );
  });
}
