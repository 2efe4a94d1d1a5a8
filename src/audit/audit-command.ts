import type { Witness } from '../db/transaction.ts';
import { type AuditFacts, auditableId, type Outcome, recordAudit } from './record.ts';

/**
 * Leaves the entry that a mutation would leave, for a command that does the same past the API. Given to the transaction that does it, whose result
 * has the id of the object.
 */
export function auditCommand(facts: Pick<AuditFacts, 'organizationId' | 'actor' | 'operation'>): Witness {
  return {
    async beforeCommit(tx, { outcome, result }) {
      const objectId = auditableId((result as { readonly id?: unknown } | undefined)?.id);
      await recordAudit(tx, { ...facts, objectId, outcome: outcome as Outcome });
    },
    afterCommit() {},
  };
}
