import type { ErrorCode } from './generated/graphql.ts';

/** Codes that a later try may not meet again. */
const passing: readonly string[] = ['INTERNAL', 'RATE_LIMITED', 'STORAGE_FULL'] satisfies ErrorCode[];
/** Close codes that say the client itself is at fault: trying again would end the same way. @see graphql-ws PROTOCOL.md */
const lastingCloseCodes = [4400, 4401, 4406];

/** What kept an operation from its result. */
export class HeadgateError extends Error {
  /** The code of the first GraphQL error; null when the gateway could not be reached or answered with something else. */
  readonly code: string | null;
  /** Whether the same operation may well succeed later. */
  readonly retryable: boolean;

  constructor(message: string, { code = null, retryable, cause }: { code?: string | null; retryable: boolean; cause?: unknown }) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'HeadgateError';
    this.code = code;
    this.retryable = retryable;
  }
}

interface GraphqlError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown } | undefined;
}

export function ofGraphqlErrors(errors: readonly GraphqlError[]): HeadgateError {
  const [first] = errors;
  const code = typeof first?.extensions?.code === 'string' ? first.extensions.code : null;
  return new HeadgateError(first?.message ?? 'The gateway answered with an error.', {
    code,
    retryable: code !== null && passing.includes(code),
    cause: errors,
  });
}

/** Of whatever ended a socket: GraphQL errors, a close event, or the event of a network error, which tells nothing. */
export function ofSocketEnd(end: unknown): HeadgateError {
  if (end instanceof HeadgateError) return end;
  if (Array.isArray(end)) return ofGraphqlErrors(end);
  const closeCode = typeof end === 'object' && end !== null && 'code' in end ? end.code : undefined;
  return new HeadgateError(typeof closeCode === 'number' ? `The socket was closed with ${closeCode}.` : 'The socket failed.', {
    retryable: typeof closeCode !== 'number' || !lastingCloseCodes.includes(closeCode),
    cause: end,
  });
}
