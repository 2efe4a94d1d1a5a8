import { DatabaseError } from 'pg';
import { SourceFailure } from '../../connector/failures.ts';

type Kind = SourceFailure['type'];

/** By SQLSTATE, or by its class (the first two letters). What is missing is the business of the one statement: CONFIG. */
const kinds: Record<string, readonly [Kind, string]> = {
  '28': ['AUTH', 'The server refused this user or its password.'],
  '3D000': ['CONFIG', 'There is no such database on the server.'],
  '42501': ['CONFIG', 'The user may not read this.'],
  '42P01': ['CONFIG', 'There is no such table or view any more.'],
  '42703': ['CONFIG', 'There is no such column any more.'],
  '57014': ['TIMEOUT', 'The server took too long for a statement.'],
  '57P01': ['TRANSIENT', 'The server is shutting down.'],
  '57P02': ['TRANSIENT', 'The server crashed.'],
  '57P03': ['UNAVAILABLE', 'The server is starting up or shutting down.'],
  '57P04': ['CONFIG', 'The database was dropped.'],
  '08': ['TRANSIENT', 'The connection failed.'],
  '25': ['TRANSIENT', 'The server ended the transaction.'],
  '40': ['TRANSIENT', 'The server gave up the transaction because of others.'],
  '53': ['UNAVAILABLE', 'The server has no connection, memory or disk space left.'],
  '55': ['TRANSIENT', 'Someone else holds a lock on this.'],
  '58': ['TRANSIENT', 'The server has trouble with its own system.'],
  XX: ['TRANSIENT', 'The server reported an internal error.'],
};

/** The server's own messages quote values of records, so only their code is passed on. */
export function failureOf(error: unknown): SourceFailure {
  if (error instanceof SourceFailure) return error;
  if (!(error instanceof DatabaseError)) return new SourceFailure('TRANSIENT', 'The connection to the server was lost.', { cause: error });
  const { code = '' } = error;
  // What a server sends as its code may be anything at all, and goes no further unless it is one.
  if (!/^[0-9A-Z]{5}$/.test(code)) return new SourceFailure('CONFIG', 'The server does not answer as PostgreSQL does.', { cause: error });
  const [kind, sentence] = kinds[code] ?? kinds[code.slice(0, 2)] ?? ['CONFIG', 'The server could not do this.'];
  return new SourceFailure(kind, `${sentence} (SQLSTATE ${code})`, { cause: error });
}

/** Whether the session lives on after the error, so that other streams can still be read. */
export function isOfOneStream(error: unknown): boolean {
  return error instanceof DatabaseError ? error.severity === 'ERROR' : error instanceof SourceFailure && error.type === 'CONFIG';
}
