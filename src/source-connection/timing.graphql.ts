import { builder } from '../builder.ts';
import { ConnectionHealthEnum, FreshnessRef, ScheduleRef } from '../schedule/schedule.graphql.ts';
import { SourceConnectionRef } from './source-connection.graphql.ts';
import type { pauseReasons } from './status.ts';

const PauseReasonEnum = builder.enumType('PauseReason', {
  description: 'Why a source connection is paused.',
  values: {
    USER: { description: 'Somebody paused it.' },
    AUTO_FAILURES: { description: 'Too many sync jobs in a row failed.' },
    PAUSE_AT: { description: 'The time of its pauseAt came.' },
  } satisfies Record<(typeof pauseReasons)[number], object>,
});

builder.objectFields(SourceConnectionRef, (t) => ({
  schedule: t.field({ type: ScheduleRef, description: 'When it runs by itself.', resolve: ({ schedule }) => schedule }),
  nextScheduledRun: t.expose('nextScheduledRun', {
    type: 'DateTime',
    nullable: true,
    description:
      'When it runs next by itself; null without a schedule, and while that is suspended: paused, in need of new credentials, or being deleted. Resumed, the next run is computed from then.',
  }),
  freshness: t.field({
    type: FreshnessRef,
    description: 'How late its records may be before it counts as DELAYED.',
    resolve: ({ freshness }) => freshness,
  }),
  health: t.expose('health', { type: ConnectionHealthEnum, description: 'Whether it keeps to its schedule.' }),
  pauseReason: t.expose('pauseReason', { type: PauseReasonEnum, nullable: true, description: 'Why it is paused; null while it is not.' }),
  pauseAt: t.expose('pauseAt', { type: 'DateTime', nullable: true, description: 'When it will pause itself; null when it will not.' }),
}));
