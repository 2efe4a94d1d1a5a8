export const failureTypes = ['CONFIG', 'AUTH', 'RATE_LIMIT', 'UNAVAILABLE', 'TRANSIENT', 'TIMEOUT', 'INTERNAL'] as const;
export type FailureType = (typeof failureTypes)[number];

/**
 * A failure that the source is to blame for, with a sentence for a person.
 *
 * CONFIG: no such database, file, schema, column. AUTH: it refused the credentials. RATE_LIMIT: it asks us to slow down.
 * UNAVAILABLE: it could not be reached. TRANSIENT: it broke off, worth another try. TIMEOUT: it fell silent.
 */
export class SourceFailure extends Error {
  readonly type: Exclude<FailureType, 'INTERNAL'>;

  /** @param message one sentence, without secrets and without values of records */
  constructor(type: Exclude<FailureType, 'INTERNAL'>, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceFailure';
    this.type = type;
  }

  /** Whether the same request may well succeed later without anybody changing anything. */
  get retryable(): boolean {
    return this.type !== 'CONFIG' && this.type !== 'AUTH';
  }
}
