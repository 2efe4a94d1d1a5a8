import { builder } from '../builder.ts';
import { loadOwn } from '../db/rows.ts';
import { pageComplexity } from '../paging/complexity.ts';
import { preloadPage } from '../paging/preload.ts';
import { SourceConnectionRef } from '../source-connection/source-connection.graphql.ts';
import { listSyncJobs } from './list.ts';
import { syncJobs } from './read.ts';
import { SyncJobRef, SyncJobStatusEnum, SyncJobTriggerEnum } from './sync-job.graphql.ts';

const SyncJobConnection = builder.connectionObject(
  {
    type: SyncJobRef,
    name: 'SyncJobConnection',
    description: 'A page of sync jobs.',
    fields: (t) => ({
      totalCount: t.field({
        type: 'SafeInt',
        nullable: true,
        description: 'Null: history is not counted.',
        resolve: ({ totalCount }) => totalCount?.() ?? null,
      }),
    }),
  },
  { name: 'SyncJobEdge', description: 'A sync job in a page.' },
);

const SyncJobFilterInput = builder.inputType('SyncJobFilter', {
  description: 'Which sync jobs. Conditions are combined with AND.',
  fields: (t) => ({
    sourceConnectionId: t.id({ description: 'Of this source connection.' }),
    collectionId: t.id({ description: 'That write into this collection.' }),
    statuses: t.field({ type: [SyncJobStatusEnum], description: 'In one of these statuses.' }),
    triggers: t.field({ type: [SyncJobTriggerEnum], description: 'Started by one of these.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Asked for after this moment.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Asked for before this moment.' }),
  }),
});

builder.queryField('syncJobs', (t) =>
  t.connection(
    {
      type: SyncJobRef,
      description: 'The sync jobs, the newest first. At most 100 at once, 20 when nothing is said.',
      complexity: pageComplexity(),
      args: { filter: t.arg({ type: SyncJobFilterInput, description: 'Only these.' }) },
      resolve: async (_root, args, ctx, info) => preloadPage(await listSyncJobs(ctx, args, args.filter ?? {}), ctx, info),
    },
    SyncJobConnection,
  ),
);

builder.queryField('syncJob', (t) =>
  t.field({
    type: SyncJobRef,
    nullable: true,
    description: 'One sync job; null when there is none, or it is not yours.',
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: async (_root, { id }, ctx) => (await loadOwn(ctx, syncJobs, [id]))[0] ?? null,
  }),
);

builder.objectField(SourceConnectionRef, 'syncJobs', (t) =>
  t.connection(
    {
      type: SyncJobRef,
      description: 'Its sync jobs, the newest first.',
      complexity: pageComplexity(),
      args: { filter: t.arg({ type: SyncJobFilterInput, description: 'Only these.' }) },
      resolve: async ({ id }, args, ctx, info) => preloadPage(await listSyncJobs(ctx, args, { ...args.filter, sourceConnectionId: id }), ctx, info),
    },
    SyncJobConnection,
  ),
);
