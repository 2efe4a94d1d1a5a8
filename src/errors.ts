import type { ValidationIssue } from './connector/validate.ts';

/** Every code that a client can meet, with the HTTP status of the REST tables that it stands for. */
export const errorCodes = [
  'INVALID_CREDENTIALS',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'SYNC_IN_PROGRESS',
  'VALIDATION_FAILED',
  'CONNECTION_TEST_FAILED',
  'SOURCE_UNAVAILABLE',
  'CONFLICT',
  'INVALID_TRANSITION',
  'LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'CURSOR_EXPIRED',
  'STORAGE_FULL',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** An expected error: a member of a mutation's result union, or an entry of `errors[]` with its code. Its message is for a person. */
export abstract class DomainError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class ValidationError extends DomainError {
  readonly code = 'VALIDATION_FAILED';
  readonly issues: readonly ValidationIssue[];

  constructor(issues: readonly ValidationIssue[]) {
    const [first] = issues;
    super(
      first ? `${first.path.join('.')}: ${first.message}${issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''}` : 'The input cannot be used.',
    );
    this.issues = issues;
  }
}

export class NotFoundError extends DomainError {
  readonly code = 'NOT_FOUND';
  readonly id: string;

  constructor(what: string, id: string) {
    super(`There is no such ${what}.`);
    this.id = id;
  }
}

export class ForbiddenError extends DomainError {
  readonly code = 'FORBIDDEN';
}

/** No key or token, or one that does not count (any more). Never says which. */
export class UnauthorizedError extends DomainError {
  readonly code = 'UNAUTHORIZED';
}

export class RateLimitedError extends DomainError {
  readonly code = 'RATE_LIMITED';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`Too many requests. Try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class ConflictError extends DomainError {
  readonly code = 'CONFLICT';
}

export class LimitExceededError extends DomainError {
  readonly code = 'LIMIT_EXCEEDED';
}

export class CursorExpiredError extends DomainError {
  readonly code = 'CURSOR_EXPIRED';
}

/** The disk is full: nothing was written, reading still works. */
export class StorageError extends DomainError {
  readonly code = 'STORAGE_FULL';
}

/** Whether it is the database that found no room. The ORM wraps what the driver threw, and keeps its code. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL';
}

/** A status that cannot follow the present one: cancelling what has ended. */
export class InvalidTransitionError extends DomainError {
  readonly code = 'INVALID_TRANSITION';
  readonly from: string;
  readonly to: string;

  constructor(from: string, to: string) {
    super(`This sync job is ${from}, so it cannot become ${to}.`);
    this.from = from;
    this.to = to;
  }
}

/** Another job of the same source connection is active. */
export class SyncInProgressError extends DomainError {
  readonly code = 'SYNC_IN_PROGRESS';
  readonly syncJobId: string;

  constructor(syncJobId: string) {
    super('A sync of this source connection is in progress. Wait for it, cancel it, or attach to it.');
    this.syncJobId = syncJobId;
  }
}

/** A setup test failed; the stored test tells which step. Its subclasses say who is to blame. */
export class ConnectionTestFailedError extends DomainError {
  readonly code: ErrorCode = 'CONNECTION_TEST_FAILED';
  readonly testId: string;

  constructor(message: string, testId: string) {
    super(message);
    this.testId = testId;
  }
}

export class InvalidCredentialsError extends ConnectionTestFailedError {
  override readonly code = 'INVALID_CREDENTIALS';
}

export class SourceUnavailableError extends ConnectionTestFailedError {
  override readonly code = 'SOURCE_UNAVAILABLE';
}
