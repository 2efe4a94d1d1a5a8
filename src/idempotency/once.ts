import { createHash, randomUUID } from 'node:crypto';
import type { Ctx } from '../context.ts';
import { rowReader } from '../db/rows.ts';
import type { SealedColumn } from '../db/sealed-column.ts';
import { inTransaction, type Transaction } from '../db/transaction.ts';
import { ConflictError } from '../errors.ts';
import { open, seal } from '../lib/cipher.ts';
import { type IdempotencyKey, IdempotencyKeyEntity } from './idempotency-key.entity.ts';
import { waitUntil } from './wait.ts';

const keys = rowReader(IdempotencyKeyEntity);

/** A key is remembered this long. */
export const rememberedMs = 24 * 60 * 60 * 1000;
/** A caller that has not said for so long that it still works is taken for dead. It says so three times as often. */
const leaseMs = 15_000;

/** The ids of what a mutation made, by role. */
export type ResultIds = Record<string, string | null>;

/** Remembers what was made, in the transaction that makes it. */
export type Settle = (tx: Transaction, ids: ResultIds) => Promise<void>;

export interface Once<Result> {
  /** The name of the mutation: the same key may serve another one. */
  readonly mutation: string;
  /** The client's, at most 255 characters; absent = do the work and remember nothing. */
  readonly key: string | null | undefined;
  readonly input: unknown;
  /** Does the work. It calls `settle` in the very transaction that makes its result, so that key and result stand or fall together. */
  work(settle: Settle): Promise<Result>;
  /** Finds again what an earlier call made. */
  recall(ids: ResultIds): Promise<Result>;
}

/**
 * Does a mutation once for each key, however often and at once it is sent. Later calls get what the first one made; calls that come meanwhile wait for it.
 * When the work fails the key is free again. No transaction spans the work.
 * @throws ConflictError when the key came with other input before
 */
export async function once<Result>(ctx: Ctx, { mutation, key, input, work, recall }: Once<Result>): Promise<Result> {
  if (key == null) return work(async () => {});
  // Who sees other collections has other keys: a key must not tell what was done outside of them.
  const id = JSON.stringify([ctx.organizationId, mutation, key, ...(ctx.collectionIds?.toSorted() ?? [])]);
  const claim = await claimKey(ctx, id, input);
  if ('result' in claim) return recall(claim.result);
  const stopLease = keepLease(ctx, id, claim.leaseToken);
  try {
    return await work(async (tx, ids) => {
      const settled = await tx.em.nativeUpdate(IdempotencyKeyEntity, { id, leaseToken: claim.leaseToken }, { result: ids });
      if (settled === 0) throw new ConflictError('Another call with this idempotency key took over. Send it again.');
      tx.publish(topicOf(id));
    });
  } catch (error) {
    await inTransaction(ctx, async (tx) => {
      tx.report(null);
      await tx.em.nativeDelete(IdempotencyKeyEntity, { id, leaseToken: claim.leaseToken, result: null });
      tx.publish(topicOf(id));
    });
    throw error;
  } finally {
    stopLease();
  }
}

/** The work dials, which may take long; a short lease is for the gateway that dies meanwhile. @returns what ends it */
function keepLease(ctx: Ctx, id: string, leaseToken: string): () => void {
  const timer = setInterval(() => {
    inTransaction(ctx, async (tx) => {
      tx.report(null);
      await tx.em.nativeUpdate(IdempotencyKeyEntity, { id, leaseToken }, { leaseExpiresAt: new Date(Date.now() + leaseMs) });
    }).catch((error: unknown) => ctx.log.warn({ err: error }, 'the lease of an idempotency key could not be prolonged'));
  }, leaseMs / 3);
  return () => clearInterval(timer);
}

const boundTo = (id: string) => `idempotency|${id}`;
/** Where the fingerprints are, for a rotation of keys. */
export const sealedFingerprints: SealedColumn = { table: 'idempotency_key', column: 'fingerprint', boundTo: ({ id }) => boundTo(id) };
const topicOf = (id: string) => `idempotency-key:${id}`;

async function claimKey(ctx: Ctx, id: string, input: unknown): Promise<{ leaseToken: string } | { result: ResultIds }> {
  const fingerprint = createHash('sha256').update(canonical(input)).digest('base64url');
  for (;;) {
    const claim = await inTransaction(ctx, (tx) => tryClaim(ctx, tx, id, fingerprint));
    if (claim !== 'busy') return claim;
    await waitUntil(ctx.events, topicOf(id));
  }
}

async function tryClaim(
  { organizationId, encryptionKeys }: Ctx,
  tx: Transaction,
  id: string,
  fingerprint: string,
): Promise<{ leaseToken: string } | { result: ResultIds } | 'busy'> {
  tx.report(null);
  const now = new Date();
  // Also those of organizations that never call again.
  await tx.forEveryOrganization.em.nativeDelete(IdempotencyKeyEntity, { createdAt: { $lt: new Date(now.getTime() - rememberedMs) } });
  const raw = await tx.db.selectFrom(keys.table).selectAll().where('id', '=', id).executeTakeFirst();
  const known = raw && keys.toRow(raw);
  if (known && open(encryptionKeys, boundTo(id), known.fingerprint) !== fingerprint)
    throw new ConflictError('This idempotency key was used with other input before.');
  if (known?.result) return { result: known.result };
  const leaseToken = randomUUID();
  const leaseExpiresAt = new Date(now.getTime() + leaseMs);
  // One that would last longer than a new one is from before the clock was set back; whoever lives prolongs his in a moment.
  if (known && known.leaseExpiresAt > now && known.leaseExpiresAt <= leaseExpiresAt) return 'busy';
  if (known) {
    await tx.em.nativeUpdate(IdempotencyKeyEntity, { id }, { leaseToken, leaseExpiresAt });
    return { leaseToken };
  }
  // Sealed, for the input has secrets in it that could be guessed from a bare hash.
  const sealed = seal(encryptionKeys, boundTo(id), fingerprint);
  const row: IdempotencyKey = { id, organizationId, fingerprint: sealed, leaseToken, leaseExpiresAt, result: null, createdAt: now };
  await tx.em.insert(IdempotencyKeyEntity, row);
  return { leaseToken };
}

/** The same text for the same input, in whatever order its fields came. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
