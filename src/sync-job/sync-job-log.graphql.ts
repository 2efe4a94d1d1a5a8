import { builder } from '../builder.ts';
import type { LogLevel, logLevels } from '../connector/messages.ts';
import { pageComplexity } from '../paging/complexity.ts';
import { listSyncJobLogs } from './list-transitions.ts';
import { logKinds, printLogCursor } from './log-cursor.ts';
import { SyncJobRef } from './sync-job.graphql.ts';
import type { SyncJobLog } from './sync-job-log.entity.ts';

const LogLevelEnum = builder.enumType('LogLevel', {
  description: 'How much a line of a log matters.',
  values: {
    DEBUG: { description: 'For whoever looks for a bug.' },
    INFO: { description: 'What happens.' },
    WARN: { description: 'Somebody may want to look at it.' },
    ERROR: { description: 'Something failed.' },
  } satisfies Record<LogLevel, object> & Record<(typeof logLevels)[number], object>,
});

export const SyncJobLogRef = builder.objectRef<SyncJobLog>('SyncJobLog').implement({
  description: 'One line of the log of a sync job. Secrets are blanked.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Opaque; pass it as `after` to go on behind it without a gap.',
      resolve: ({ cursor }) => printLogCursor(logKinds.logs, cursor),
    }),
    sequence: t.expose('sequence', { type: 'SafeInt', description: '1, 2, 3 … within the job.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was written.' }),
    level: t.expose('level', { type: LogLevelEnum, description: 'How much it matters.' }),
    message: t.exposeString('message', { description: 'What happened.' }),
    stream: t.exposeString('stream', { nullable: true, description: 'The stream that it is about; null when it is about the job.' }),
  }),
});

const SyncJobLogConnection = builder.connectionObject(
  { type: SyncJobLogRef, name: 'SyncJobLogConnection', description: 'A page of a log.' },
  { name: 'SyncJobLogEdge', description: 'A line in a page of a log.' },
);

builder.objectField(SyncJobRef, 'logs', (t) =>
  t.connection(
    {
      type: SyncJobLogRef,
      description:
        'Its log, the oldest line first; `last: 20` gives the tail. What was deleted by age is left out, whatever the cursor. At most 100 lines at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      resolve: ({ id }, args, ctx) => listSyncJobLogs(ctx, id, args),
    },
    SyncJobLogConnection,
  ),
);
