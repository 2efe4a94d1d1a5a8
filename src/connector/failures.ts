export const failureTypes = ['CONFIG', 'AUTH', 'RATE_LIMIT', 'UNAVAILABLE', 'TRANSIENT', 'TIMEOUT', 'INTERNAL'] as const;
export type FailureType = (typeof failureTypes)[number];

export interface SourceFailureOptions extends ErrorOptions {
  readonly retryAfterMs?: number | undefined;
}

/**
 * A failure that the source is to blame for, with a sentence for a person.
 *
 * CONFIG: no such database, file, schema, column. AUTH: it refused the credentials. RATE_LIMIT: it asks us to slow down.
 * UNAVAILABLE: it could not be reached. TRANSIENT: it broke off, worth another try. TIMEOUT: it fell silent.
 */
export class SourceFailure extends Error {
  readonly type: Exclude<FailureType, 'INTERNAL'>;

  /** When the source says that it will answer again, in milliseconds from now: `Retry-After`, the reset of a quota. */
  readonly retryAfterMs: number | undefined;

  /** @param message one sentence, without secrets and without values of records */
  constructor(type: Exclude<FailureType, 'INTERNAL'>, message: string, { retryAfterMs, ...options }: SourceFailureOptions = {}) {
    super(message, options);
    this.name = 'SourceFailure';
    this.type = type;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may well succeed later without anybody changing anything. */
  get retryable(): boolean {
    return this.type !== 'CONFIG' && this.type !== 'AUTH';
  }
}
