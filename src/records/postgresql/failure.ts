import { DatabaseError } from 'pg';
import { StorageFullError, StorageUnavailableError } from '../store.ts';

/** A statement that PostgreSQL refused. Without its words, which may quote the values of a record. */
class StatementError extends Error {
  readonly code: string | undefined;

  constructor({ code, severity, table, constraint, routine }: DatabaseError) {
    const where = [table, constraint, routine].filter((part) => part !== undefined).join(', ');
    super(`PostgreSQL refused a statement of the record store: ${severity ?? 'ERROR'} ${code ?? 'unknown'}${where ? ` (${where})` : ''}`);
    this.name = 'StatementError';
    this.code = code;
  }
}

/** The disk is full, or failed. */
const full = /^(53100|58030)$/;
/** Connections lost or refused, shutdowns, timeouts, serialization and deadlocks, too little of anything else: it may work the next time. */
const passing = /^(08...|25P0[34]|40...|53...|55P03|57...|25006)$/;

/** What an error of the driver means to who uses the store. */
export function failureOf(error: unknown): Error {
  if (!(error instanceof DatabaseError)) return new StorageUnavailableError({ cause: error });
  const refused = new StatementError(error);
  if (full.test(error.code ?? '')) return new StorageFullError({ cause: refused });
  return passing.test(error.code ?? '') ? new StorageUnavailableError({ cause: refused }) : refused;
}

export const undefinedTable = '42P01';
export const lockNotAvailable = '55P03';

/** @param code one of the above. @see the appendix "PostgreSQL Error Codes" of its manual */
export function hasCode(error: unknown, code: string): boolean {
  const refused = error instanceof StorageUnavailableError ? error.cause : error;
  return refused instanceof StatementError && refused.code === code;
}
