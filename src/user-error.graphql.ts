import { builder } from './builder.ts';
import {
  ConflictError,
  type DomainError,
  errorCodes,
  ForbiddenError,
  InvalidTransitionError,
  NotFoundError,
  RateLimitedError,
  ValidationError,
} from './errors.ts';

const ErrorCodeEnum = builder.enumType('ErrorCode', {
  description: 'What went wrong, for programs. Also in `extensions.code` of errors[].',
  values: Object.fromEntries(errorCodes.map((code) => [code, { description: codeDescriptions(code) }])) as Record<
    (typeof errorCodes)[number],
    { description: string }
  >,
});

function codeDescriptions(code: (typeof errorCodes)[number]): string {
  return {
    INVALID_CREDENTIALS: 'The source refused the credentials.',
    UNAUTHORIZED: 'No key, or one that is not valid any more.',
    FORBIDDEN: 'Your role does not allow this.',
    NOT_FOUND: 'There is no such object, or it is not yours.',
    SYNC_IN_PROGRESS: 'Another sync job of the source connection is active.',
    VALIDATION_FAILED: 'The input breaks a rule; the issues name the fields.',
    CONNECTION_TEST_FAILED: 'The source answered, but something that the configuration names is not there.',
    SOURCE_UNAVAILABLE: 'The source could not be reached.',
    CONFLICT: 'It contradicts something that exists already.',
    INVALID_TRANSITION: 'The sync job is in a status from which this is not possible.',
    LIMIT_EXCEEDED: 'More was asked for than is allowed at once.',
    RATE_LIMITED: 'Too many requests; wait and try again.',
    CURSOR_EXPIRED: 'What came after the cursor was pruned; list again and go on from there.',
    STORAGE_FULL: 'There is no room left to write; reading still works.',
    INTERNAL: 'A bug or an outage on our side; quote the request id.',
  }[code];
}

export const UserErrorInterface = builder.interfaceRef<DomainError>('UserError').implement({
  description: 'An error that was expected: part of the result, to be shown to a person.',
  fields: (t) => ({
    code: t.field({ type: ErrorCodeEnum, description: 'What went wrong, for programs.', resolve: ({ code }) => code }),
    message: t.exposeString('message', { description: 'What went wrong, one sentence for a person.' }),
  }),
});

const ValidationIssueType = builder.objectRef<{ path: readonly string[]; message: string }>('ValidationIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.stringList({ description: 'Where, as in the input: `["credentials", "port"]`.', resolve: ({ path }) => [...path] }),
    message: t.exposeString('message', { description: 'What is wrong, for a person. Never holds the value.' }),
  }),
});

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input breaks a rule. Nothing was changed.',
  interfaces: [UserErrorInterface],
  fields: (t) => ({
    issues: t.field({ type: [ValidationIssueType], description: 'Everything that is wrong, at once.', resolve: ({ issues }) => [...issues] }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'There is no such object, or it is not yours.',
  interfaces: [UserErrorInterface],
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id that was asked for.' }) }),
});

builder.objectType(ForbiddenError, { name: 'ForbiddenError', description: 'Your role does not allow this.', interfaces: [UserErrorInterface] });
builder.objectType(RateLimitedError, {
  name: 'RateLimitedError',
  description: 'Too many requests in a short time. Nothing was changed.',
  interfaces: [UserErrorInterface],
  fields: (t) => ({ retryAfterSeconds: t.exposeInt('retryAfterSeconds', { description: 'When to try again, in seconds from now.' }) }),
});
builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'It contradicts something that exists already, or somebody else was faster.',
  interfaces: [UserErrorInterface],
});

builder.objectType(InvalidTransitionError, {
  name: 'InvalidTransitionError',
  description: 'The sync job is in a status from which this is not possible.',
  interfaces: [UserErrorInterface],
  fields: (t) => ({
    from: t.exposeString('from', { description: 'The status it is in.' }),
    to: t.exposeString('to', { description: 'The status it was asked to take.' }),
  }),
});
