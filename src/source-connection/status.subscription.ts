import { builder } from '../builder.ts';
import { getCollection } from '../collection/read.ts';
import type { Ctx } from '../context.ts';
import { LimitExceededError } from '../errors.ts';
import { followStatus, type StatusEvent } from './follow-status.ts';
import { getSourceConnection } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { SourceConnectionRef } from './source-connection.graphql.ts';

const mostAtOnce = 100;

builder.subscriptionField('sourceConnectionStatus', (t) =>
  t.field({
    type: SourceConnectionRef,
    description:
      'Source connections, each first as it is and then whenever its status or health changes, or one more failure brings it nearer to being paused. Without ids: all that you may see, changes only. Ends with CURSOR_EXPIRED when it is read so slowly that changes are deleted by age before: subscribe again.',
    args: {
      sourceConnectionIds: t.arg.idList({ description: 'These, at most 100.' }),
      collectionId: t.arg.id({ description: 'Those that write into this collection.' }),
    },
    subscribe: async (_root, { sourceConnectionIds, collectionId }, ctx) => {
      if (sourceConnectionIds && sourceConnectionIds.length > mostAtOnce)
        throw new LimitExceededError(`At most ${mostAtOnce} source connections at once.`);
      if (collectionId != null) await getCollection(ctx, { id: collectionId });
      return followStatus(ctx, { sourceConnectionIds, collectionId });
    },
    resolve: (event: StatusEvent, _args, ctx) => asOf(ctx, event),
  }),
);

/** The source connection with the status of the event: it may have moved on since, and that change has an event of its own. */
async function asOf(ctx: Ctx, event: StatusEvent): Promise<SourceConnection> {
  if (!('cursor' in event)) return event;
  const { status, statusReason, version, at } = event;
  const now = await getSourceConnection(ctx, event.sourceConnectionId);
  return { ...now, status, statusReason, version, updatedAt: at };
}
