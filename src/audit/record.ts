import type { Caller } from '../context.ts';
import type { Transaction } from '../db/transaction.ts';
import type { ErrorCode } from '../errors.ts';
import { prefixOf } from '../lib/typeid.ts';
import { type AuditEntry, AuditEntryEntity } from './audit-entry.entity.ts';

export type Outcome = 'SUCCESS' | ErrorCode;

export interface AuditFacts extends Pick<Caller, 'organizationId' | 'actor'> {
  /** The name of the mutation; of a command its words: `keys create`. */
  readonly operation: string;
  readonly objectId: string | null;
  readonly outcome: Outcome;
}

/** Writes an entry in the transaction of what it is about, so that neither is stored without the other. @returns its cursor */
export async function recordAudit(tx: Transaction, { organizationId, actor, operation, objectId, outcome }: AuditFacts): Promise<number> {
  const entry: Omit<AuditEntry, 'cursor'> = { organizationId, at: new Date(), actor, operation, objectId, outcome };
  return Number(await tx.em.insert(AuditEntryEntity, entry));
}

/** Only an id as we make them: whatever else a client sends in the place of one may be a secret that was pasted into the wrong field. */
export function auditableId(id: unknown): string | null {
  if (typeof id !== 'string') return null;
  const prefix = prefixOf(id);
  // Those of sources are words of any length.
  return prefix === undefined || prefix === 'src' ? null : id;
}
