import { builder } from '../builder.ts';
import { getCollection } from '../collection/read.ts';
import type { Ctx } from '../context.ts';
import { prunedUpTo } from '../db/pruned-log.ts';
import { CursorExpiredError, LimitExceededError, ValidationError } from '../errors.ts';
import { CursorError } from '../events/log-feed.ts';
import { getSourceConnection } from '../source-connection/read.ts';
import { logFeed, transitionFeed } from './feeds.ts';
import { filterTransitions, type TransitionFilter } from './list-transitions.ts';
import { logKinds, parseLogCursor } from './log-cursor.ts';
import { followProgress } from './progress-feed.ts';
import { findSyncJob, getSyncJob, syncJobLogs, syncJobTransitions } from './read.ts';
import { SyncJobRef } from './sync-job.graphql.ts';
import type { SyncJobLog } from './sync-job-log.entity.ts';
import { SyncJobLogRef } from './sync-job-log.graphql.ts';
import type { SyncJobTransition } from './sync-job-transition.entity.ts';
import { SyncJobTransitionFilterInput, SyncJobTransitionRef } from './sync-job-transition.graphql.ts';

const mostJobsAtOnce = 100;

builder.subscriptionField('syncJobTransitions', (t) =>
  t.field({
    type: SyncJobTransitionRef,
    description:
      'Every transition in order, each once. With `after` first what happened since that cursor. A client that reconnects with its first cursor sees some again: drop them by id, or reconnect with the last cursor. Ends with CURSOR_EXPIRED when something behind the cursor was deleted by age: list again, to the last page, and go on from its endCursor.',
    args: {
      filter: t.arg({ type: SyncJobTransitionFilterInput, description: 'Only these.' }),
      after: t.arg.string({ description: 'A cursor of a transition, or the endCursor of a list of them. From now on when left out.' }),
    },
    subscribe: (_root, { filter, after }, ctx) => followTransitions(ctx, filter ?? {}, after),
    resolve: (transition: SyncJobTransition) => transition,
  }),
);

async function followTransitions(ctx: Ctx, filter: TransitionFilter, after: string | null | undefined): Promise<AsyncIterable<SyncJobTransition>> {
  if (filter.syncJobId != null) await getSyncJob(ctx, filter.syncJobId);
  if (filter.sourceConnectionId != null) await getSourceConnection(ctx, filter.sourceConnectionId);
  if (filter.collectionId != null) await getCollection(ctx, { id: filter.collectionId });
  return withCursorErrors(() =>
    transitionFeed(ctx).subscribe({
      key: filter.syncJobId ?? filter.sourceConnectionId ?? filter.collectionId ?? ctx.organizationId,
      ...(after == null ? {} : { after: parseLogCursor(logKinds.transitions, after) }),
      accepts: (transition) =>
        (filter.syncJobId == null || transition.syncJobId === filter.syncJobId) &&
        (filter.sourceConnectionId == null || transition.sourceConnectionId === filter.sourceConnectionId) &&
        (filter.collectionId == null || transition.collectionId === filter.collectionId) &&
        (!filter.to || filter.to.includes(transition.to)),
      checkKept: async (from) => refuseGap(from, await firstKept(ctx, filter)),
      async backfill(from, limit) {
        const rows = await filterTransitions(ctx, filter).where('cursor', '>', from).orderBy('cursor').limit(limit).execute();
        return rows.map(syncJobTransitions.toRow);
      },
    }),
  );
}

/** Behind which cursor no transition is missing that fits the filter. */
async function firstKept(ctx: Ctx, { syncJobId, sourceConnectionId, collectionId }: TransitionFilter): Promise<number> {
  // A job goes with all its transitions, or not at all.
  if (syncJobId != null) return (await findSyncJob(ctx.db, syncJobId)) ? 0 : Number.POSITIVE_INFINITY;
  if (sourceConnectionId == null) return prunedUpTo(ctx.db, syncJobTransitions.table, collectionId);
  const raw = await ctx.db.selectFrom('source_connection').select('collection_id').where('id', '=', sourceConnectionId).executeTakeFirst();
  return raw ? prunedUpTo(ctx.db, syncJobTransitions.table, raw['collection_id'] as string) : Number.POSITIVE_INFINITY;
}

builder.subscriptionField('syncJobProgress', (t) =>
  t.field({
    type: SyncJobRef,
    description: 'Jobs while they run: each at once, then at most four times a second each, and always the last. Completes when all are over.',
    args: { syncJobIds: t.arg.idList({ required: true, description: 'Which jobs, at most 100.' }) },
    subscribe: async (_root, { syncJobIds }, ctx) => {
      if (syncJobIds.length > mostJobsAtOnce) throw new LimitExceededError(`At most ${mostJobsAtOnce} jobs at once.`);
      return followProgress(ctx, await Promise.all([...new Set(syncJobIds)].map((id) => getSyncJob(ctx, id))));
    },
    resolve: (job) => job,
  }),
);

builder.subscriptionField('syncJobLogs', (t) =>
  t.field({
    type: SyncJobLogRef,
    description:
      'The log of a job as it is written: first what is there already, then each new line, each once. Ends with CURSOR_EXPIRED when lines behind the cursor were deleted by age.',
    args: {
      syncJobId: t.arg.id({ required: true, description: 'Which job.' }),
      after: t.arg.string({ description: 'A cursor of a line: only what comes behind it. From the first line when left out.' }),
    },
    subscribe: (_root, { syncJobId, after }, ctx) => followLogs(ctx, syncJobId, after),
    resolve: (line: SyncJobLog) => line,
  }),
);

async function followLogs(ctx: Ctx, syncJobId: string, after: string | null | undefined): Promise<AsyncIterable<SyncJobLog>> {
  const { logPrunedTo } = await getSyncJob(ctx, syncJobId);
  return withCursorErrors(() =>
    logFeed(ctx).subscribe({
      key: syncJobId,
      after: after == null ? logPrunedTo : parseLogCursor(logKinds.logs, after),
      checkKept: async (from) => refuseGap(from, (await findSyncJob(ctx.db, syncJobId))?.logPrunedTo ?? Number.POSITIVE_INFINITY),
      async backfill(from, limit) {
        const rows = await ctx.db
          .selectFrom('sync_job_log')
          .selectAll()
          .where('sync_job_id', '=', syncJobId)
          .where('cursor', '>', from)
          .orderBy('cursor')
          .limit(limit)
          .execute();
        return rows.map(syncJobLogs.toRow);
      },
    }),
  );
}

function refuseGap(after: number, firstKept: number): void {
  if (after < firstKept) throw cursorExpired();
}

const cursorExpired = () => new CursorExpiredError('The log does not reach this cursor any more. List again, to the end, and go on from there.');

/** A cursor beyond the log was given out before a backup was restored: its place is gone as surely as if it had been pruned. */
async function withCursorErrors<Result>(subscribe: () => Promise<Result>): Promise<Result> {
  try {
    return await subscribe();
  } catch (error) {
    if (error instanceof CursorError) throw cursorExpired();
    if (error instanceof ValidationError) throw new ValidationError([{ path: ['after'], message: 'This is not a cursor of this log.' }]);
    throw error;
  }
}
