import type { Ctx } from '../context.ts';
import { inTransaction, type Transaction, type Witness } from '../db/transaction.ts';
import { AuditEntryEntity } from './audit-entry.entity.ts';
import { type Outcome, recordAudit } from './record.ts';

interface Verdict {
  readonly outcome: Outcome;
  readonly objectId: string | null;
}

/** The entry of a mutation that is under way. */
export interface OpenEntry {
  /** Writes the entry within the mutation's own transaction: it costs no commit of its own, and no crash comes between. */
  readonly witness: Witness;
  /** Makes the entry say how the mutation ended. @throws what the database throws when a mutation succeeded and nothing would tell of it */
  close(verdict: Verdict): Promise<void>;
}

/** @param objectOf finds the id of what was made, in what a transaction resolves to */
export function openAuditEntry(ctx: Ctx, operation: string, objectOf: (result: unknown) => string | null): OpenEntry {
  const { organizationId, actor, requestId } = ctx;
  let written: (Verdict & { readonly cursor: number }) | undefined;
  let stored: typeof written;
  let closed = false;

  const write = async (tx: Transaction, verdict: Verdict) => {
    // Its own entry, also of somebody who may not read the log.
    if (stored) await tx.forEveryOrganization.em.nativeUpdate(AuditEntryEntity, { cursor: stored.cursor }, verdict);
    written = { ...verdict, cursor: stored?.cursor ?? (await recordAudit(tx, { organizationId, actor, operation, ...verdict })) };
  };

  return {
    witness: {
      // What goes on after the answer is not what was answered.
      beforeCommit: async (tx, { outcome, result }) => {
        if (!closed) await write(tx, { outcome: outcome as Outcome, objectId: objectOf(result) });
      },
      afterCommit() {
        stored = written;
      },
    },
    async close(verdict) {
      closed = true;
      const audit = { operation, ...verdict, organizationId, actorKind: actor.kind, actorId: actor.id, requestId };
      try {
        if (stored?.outcome !== verdict.outcome || stored.objectId !== verdict.objectId) await inTransaction(ctx, (tx) => write(tx, verdict));
      } catch (error) {
        // The driver's message has the whole statement in it, with names and addresses.
        ctx.log.error({ audit, reason: error instanceof Error && 'code' in error ? error.code : undefined }, 'an audit entry could not be stored');
        if (verdict.outcome === 'SUCCESS' && !stored) throw error;
      }
      ctx.log.info({ audit }, 'mutation');
    },
  };
}
