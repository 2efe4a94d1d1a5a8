import type { Services } from '../context.ts';
import { type AgingTable, pruneOldest } from '../db/prune-oldest.ts';

const entries: AgingTable = {
  name: 'audit_entry',
  key: 'cursor',
  at: 'at',
  async remove(tx, cursors) {
    await tx.db
      .deleteFrom('audit_entry')
      .where('cursor', 'in', [...cursors])
      .execute();
    return cursors.length;
  },
};

/** Deletes entries of the audit log that were written before a moment, some in each transaction, and says how many after each. */
export const pruneAuditLog = (services: Services, before: Date): AsyncGenerator<number> => pruneOldest(services, entries, before);
