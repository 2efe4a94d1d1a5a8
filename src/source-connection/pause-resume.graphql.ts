import { builder } from '../builder.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { pauseSourceConnection } from './pause.ts';
import { resumeSourceConnection } from './resume.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { SourceConnectionRef } from './source-connection.graphql.ts';

const PauseSourceConnectionInput = builder.inputType('PauseSourceConnectionInput', {
  description: 'Which source connection to pause.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the source connection.' }) }),
});

const PauseSourceConnectionPayload = builder.objectRef<{ sourceConnection: SourceConnection }>('PauseSourceConnectionPayload').implement({
  description: 'The paused source connection.',
  fields: (t) => ({
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'The source connection, PAUSED unless something weightier is to be said of it.',
      resolve: ({ sourceConnection }) => sourceConnection,
    }),
  }),
});

builder.mutationField('pauseSourceConnection', (t) =>
  t.field({
    type: PauseSourceConnectionPayload,
    description: 'Stops a source connection from starting jobs by itself. The active job goes on, and what you run by hand runs.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: PauseSourceConnectionInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ sourceConnection: await pauseSourceConnection(ctx, input.id) }),
  }),
);

const ResumeSourceConnectionInput = builder.inputType('ResumeSourceConnectionInput', {
  description: 'Which source connection to resume.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of the source connection.' }) }),
});

const ResumeSourceConnectionPayload = builder.objectRef<{ sourceConnection: SourceConnection }>('ResumeSourceConnectionPayload').implement({
  description: 'The resumed source connection.',
  fields: (t) => ({
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'The source connection, its next run counted from now.',
      resolve: ({ sourceConnection }) => sourceConnection,
    }),
  }),
});

builder.mutationField('resumeSourceConnection', (t) =>
  t.field({
    type: ResumeSourceConnectionPayload,
    description: 'Ends the pause of a source connection, whoever made it. Runs that were missed meanwhile are not made up for.',
    errors: { types: [ValidationError, NotFoundError] },
    args: { input: t.arg({ type: ResumeSourceConnectionInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, ctx) => ({ sourceConnection: await resumeSourceConnection(ctx, input.id) }),
  }),
);
