import { builder } from '../builder.ts';
import type { CheckStepOutcome, checkStatuses, checkStepStatuses } from '../connector/check.ts';
import { loadOwn } from '../db/rows.ts';
import { ConnectionTestFailedError, InvalidCredentialsError, SourceUnavailableError } from '../errors.ts';
import { UserErrorInterface } from '../user-error.graphql.ts';
import type { ConnectionTest } from './connection-test.entity.ts';
import { connectionTests } from './read.ts';

const ConnectionTestStatusEnum = builder.enumType('ConnectionTestStatus', {
  description: 'How a test went.',
  values: {
    PASSED: { description: 'The source answers and lets us in.' },
    WARNING: { description: 'It works, but somebody should look at it.' },
    FAILED: { description: 'It does not work; the steps tell where it ended.' },
  } satisfies Record<(typeof checkStatuses)[number], object>,
});

const ConnectionTestStepStatusEnum = builder.enumType('ConnectionTestStepStatus', {
  description: 'How one step of a test went.',
  values: {
    PASSED: { description: 'As it should be.' },
    WARNING: { description: 'It works, but somebody should look at it.' },
    SKIPPED: { description: 'Not needed with this configuration.' },
    FAILED: { description: 'The source is to blame; the message says what to do.' },
    ERRORED: { description: 'The test itself broke; it says nothing about the source.' },
  } satisfies Record<(typeof checkStepStatuses)[number], object>,
});

const ConnectionTestStepRef = builder.objectRef<CheckStepOutcome>('ConnectionTestStep').implement({
  description: 'One step of a test.',
  fields: (t) => ({
    title: t.exposeString('title', { description: 'What was tried, for a person.' }),
    status: t.expose('status', { type: ConnectionTestStepStatusEnum, description: 'How it went.' }),
    message: t.exposeString('message', { nullable: true, description: 'What was found, for a person; no secret in it.' }),
    details: t.field({ type: 'JSONObject', nullable: true, description: 'More of what was found, for programs.', resolve: ({ details }) => details }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
  }),
});

export const ConnectionTestRef = builder.loadableNodeRef('ConnectionTest', {
  id: { resolve: (test: ConnectionTest) => test.id },
  toKey: ({ id }: ConnectionTest) => id,
  sort: true,
  load: (ids: string[], ctx) => loadOwn(ctx, connectionTests, ids),
});
ConnectionTestRef.implement({
  description: 'One try to reach a source, kept with its steps. Never a secret in it.',
  fields: (t) => ({
    status: t.expose('status', { type: ConnectionTestStatusEnum, description: 'How it went.' }),
    message: t.exposeString('message', { description: 'One sentence for a person.' }),
    steps: t.field({
      type: [ConnectionTestStepRef],
      description: 'What was tried, in order; it ends at the step that failed.',
      resolve: ({ steps }) => [...steps],
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took, in milliseconds.' }),
  }),
});

for (const [error, name, description] of [
  [InvalidCredentialsError, 'InvalidCredentialsError', 'The source refused the credentials. Nothing was saved.'],
  [SourceUnavailableError, 'SourceUnavailableError', 'The source could not be reached. Nothing was saved.'],
  [
    ConnectionTestFailedError,
    'ConnectionTestFailedError',
    'The source answered, but something that the configuration names is not there. Nothing was saved.',
  ],
] as const) {
  builder.objectType(error, {
    name,
    description,
    interfaces: [UserErrorInterface],
    fields: (t) => ({
      test: t.field({ type: ConnectionTestRef, description: 'The test that failed, with its steps.', resolve: ({ testId }) => testId }),
    }),
  });
}
