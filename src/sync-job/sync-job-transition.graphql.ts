import { builder } from '../builder.ts';
import { loadOwn } from '../db/rows.ts';
import { ActorRef } from '../organization/organization.graphql.ts';
import { pageComplexity } from '../paging/complexity.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { listTransitions } from './list-transitions.ts';
import { logKinds, printLogCursor } from './log-cursor.ts';
import { syncJobTransitions } from './read.ts';
import { SyncJobRef, SyncJobStatusEnum } from './sync-job.graphql.ts';
import type { SyncJobTransition } from './sync-job-transition.entity.ts';

export const SyncJobTransitionRef = builder.loadableNodeRef('SyncJobTransition', {
  id: { resolve: (transition: SyncJobTransition) => transition.id },
  toKey: ({ id }: SyncJobTransition) => id,
  sort: true,
  load: (ids: string[], ctx) => loadOwn(ctx, syncJobTransitions, ids),
});
SyncJobTransitionRef.implement({
  description: "One change of a sync job's status, written in the transaction that made it.",
  fields: (t) => ({
    cursor: t.string({
      description: 'Opaque; pass it as `after` to go on behind it without a gap.',
      resolve: ({ cursor }) => printLogCursor(logKinds.transitions, cursor),
    }),
    sequence: t.exposeInt('sequence', { description: '1, 2, 3 … within the job, without a gap.' }),
    syncJob: t.field({ type: SyncJobRef, description: 'The job, as it is now.', resolve: ({ syncJobId }) => syncJobId }),
    sourceConnection: t.field({
      type: SourceConnectionRef,
      description: 'The source connection, as it is now.',
      resolve: ({ sourceConnectionId }) => sourceConnectionId,
    }),
    from: t.expose('from', { type: SyncJobStatusEnum, nullable: true, description: 'The status before; null for the first.' }),
    to: t.expose('to', { type: SyncJobStatusEnum, description: 'The status since.' }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When.' }),
    actor: t.field({ type: ActorRef, description: 'Who caused it.', resolve: ({ actor }) => actor }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why, in words; null when it goes without saying.' }),
    attempt: t.exposeInt('attempt', { description: 'The attempt that the job was at.' }),
  }),
});

const SyncJobTransitionConnection = builder.connectionObject(
  { type: SyncJobTransitionRef, name: 'SyncJobTransitionConnection', description: 'A page of transitions.' },
  { name: 'SyncJobTransitionEdge', description: 'A transition in a page.' },
);

export const SyncJobTransitionFilterInput = builder.inputType('SyncJobTransitionFilter', {
  description: 'Which transitions. Conditions are combined with AND.',
  fields: (t) => ({
    syncJobId: t.id({ description: 'Of this sync job.' }),
    sourceConnectionId: t.id({ description: 'Of the jobs of this source connection.' }),
    collectionId: t.id({ description: 'Of the jobs that write into this collection.' }),
    to: t.field({ type: [SyncJobStatusEnum], description: 'Into one of these statuses.' }),
  }),
});

builder.queryField('syncJobTransitions', (t) =>
  t.connection(
    {
      type: SyncJobTransitionRef,
      description:
        'Transitions in order, the oldest first. List to the last page, then subscribe after its pageInfo.endCursor: nothing is missed. What was deleted by age is left out, whatever the cursor. At most 100 at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      args: { filter: t.arg({ type: SyncJobTransitionFilterInput, description: 'Only these.' }) },
      resolve: (_root, args, ctx) => listTransitions(ctx, args, args.filter ?? {}),
    },
    SyncJobTransitionConnection,
  ),
);

builder.objectField(SyncJobRef, 'transitions', (t) =>
  t.loadableList({
    type: SyncJobTransitionRef,
    description: 'All its transitions, in order.',
    byPath: false,
    resolve: ({ id }) => id,
    async load(ids: string[], ctx) {
      const rows = await ctx.db
        .selectFrom('sync_job_transition')
        .selectAll()
        .where('sync_job_id', 'in', ids)
        .orderBy('sync_job_id')
        .orderBy('sequence')
        .execute();
      const byJob = Map.groupBy(rows.map(syncJobTransitions.toRow), ({ syncJobId }) => syncJobId);
      return ids.map((id) => byJob.get(id) ?? []);
    },
  }),
);
