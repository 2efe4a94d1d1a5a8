import type { JsonObject } from '../connector/connector.ts';
import type { Ctx } from '../context.ts';
import { once } from '../idempotency/once.ts';
import { type ScheduleInput, scheduleInputOf } from '../schedule/parse.ts';
import { getLiveSourceConnection, streamsOf } from '../source-connection/read.ts';
import type { StreamInput } from '../source-connection/stream-plan.ts';
import { type CollectionChoice, type Created, type CreateInput, makeSourceConnection, recallCreated } from './create.ts';

export interface CloneInput {
  readonly id: string;
  readonly name: string;
  /** Absent: that of the original. */
  readonly collection?: CollectionChoice | undefined;
  /** Fields that differ from the original's. */
  readonly config?: JsonObject | null | undefined;
  /** Absent: the stored ones are copied, sealed anew. */
  readonly credentials?: JsonObject | null | undefined;
  readonly streams?: readonly StreamInput[] | null | undefined;
  readonly schedule?: ScheduleInput | null | undefined;
  readonly metadata?: Record<string, string> | undefined;
  readonly syncImmediately: boolean;
  readonly idempotencyKey?: string | null | undefined;
}

/**
 * Creates a source connection like another one: what the input says, and everything else as in the original. It is tested like any new one,
 * and starts with no records, no state and no failures.
 * @throws NotFoundError and whatever `createSourceConnection` throws
 */
export function cloneSourceConnection(ctx: Ctx, { idempotencyKey, ...input }: CloneInput): Promise<Created> {
  return once<Created>(ctx, {
    mutation: 'cloneSourceConnection',
    key: idempotencyKey,
    input,
    work: async (settle) => makeSourceConnection(ctx, await likeOriginal(ctx, input), settle),
    recall: (ids) => recallCreated(ctx, ids),
  });
}

async function likeOriginal(
  ctx: Ctx,
  { id, credentials, ...input }: Omit<CloneInput, 'idempotencyKey'>,
): Promise<Omit<CreateInput, 'idempotencyKey'>> {
  const original = await getLiveSourceConnection(ctx, id);
  return {
    sourceShortName: original.sourceShortName,
    name: input.name,
    description: original.description,
    collection: input.collection ?? { id: original.collectionId },
    config: { ...original.config, ...input.config },
    authMethod: original.authMethod,
    ...(credentials ? { credentials } : { credentialId: original.credentialId }),
    streams: input.streams ?? (await streamsOf(ctx.db, id)),
    schedule: input.schedule ?? scheduleInputOf(original.schedule),
    freshness: original.freshness,
    metadata: input.metadata ?? original.metadata,
    runSetupTests: true,
    syncImmediately: input.syncImmediately,
  };
}
