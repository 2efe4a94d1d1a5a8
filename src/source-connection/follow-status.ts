import type { Ctx } from '../context.ts';
import { logTableFeed } from '../db/log-table.ts';
import { prunedUpTo } from '../db/pruned-log.ts';
import { loadOwn, rowReader } from '../db/rows.ts';
import { CursorExpiredError, NotFoundError } from '../errors.ts';
import { statusTopic } from './facets.ts';
import { sourceConnections } from './read.ts';
import type { SourceConnection } from './source-connection.entity.ts';
import { type StatusChange, StatusChangeEntity } from './status-change.entity.ts';

const statusChanges = rowReader(StatusChangeEntity);
const statusFeed = logTableFeed({
  reader: statusChanges,
  topic: statusTopic,
  keysOf: ({ organizationId, collectionId, sourceConnectionId }) => [organizationId, collectionId, sourceConnectionId],
});

/** A source connection as it was found, or one change of its status. The row itself, which says whose it is, and is the same for all subscribers. */
export type StatusEvent = SourceConnection | StatusChange;

export interface StatusScope {
  readonly sourceConnectionIds?: readonly string[] | null | undefined;
  readonly collectionId?: string | null | undefined;
}

/**
 * Source connections, each first as it is when ids are given, then one event for each change of a status, in order.
 * Rejects with CursorExpiredError when it was read so slowly that changes were deleted by age before.
 * @throws NotFoundError for an id that is not the caller's
 */
export async function followStatus(ctx: Ctx, { sourceConnectionIds, collectionId }: StatusScope): Promise<AsyncIterableIterator<StatusEvent>> {
  const ids = sourceConnectionIds ? [...new Set(sourceConnectionIds)] : null;
  const only = ids?.length === 1 ? ids[0] : undefined;
  const wanted = ids && new Set(ids);
  const accepts = (change: StatusChange) =>
    (!wanted || wanted.has(change.sourceConnectionId)) && (collectionId == null || change.collectionId === collectionId);
  const changes = await statusFeed(ctx).subscribe({
    key: only ?? collectionId ?? ctx.organizationId,
    accepts,
    async checkKept(from) {
      if (from < (await prunedUpTo(ctx.db, statusChanges.table, collectionId)))
        throw new CursorExpiredError('Changes that were not read yet have been deleted by age. Subscribe again, and read how things are.');
    },
    async backfill(after, limit) {
      let query = ctx.db.selectFrom('source_connection_status_change').selectAll().where('cursor', '>', after);
      if (ids) query = query.where('source_connection_id', 'in', ids);
      if (collectionId != null) query = query.where('collection_id', '=', collectionId);
      return (await query.orderBy('cursor').limit(limit).execute()).map(statusChanges.toRow);
    },
  });
  // Read after the subscription began, so that nothing falls between the two; what both have is told once, by version.
  const found = ids && ids.length > 0 ? await loadOwn(ctx, sourceConnections, ids) : [];
  const missing = ids?.find((id) => !found.some((connection) => connection.id === id));
  if (missing !== undefined) {
    await changes.return?.();
    throw new NotFoundError('source connection', missing);
  }
  return withSnapshot(changes, found);
}

function withSnapshot(changes: AsyncIterableIterator<StatusChange>, found: readonly SourceConnection[]): AsyncIterableIterator<StatusEvent> {
  const snapshot = [...found];
  const versions = new Map(found.map(({ id, version }) => [id, version]));
  return {
    async next() {
      const first = snapshot.shift();
      if (first) return { done: false, value: first };
      for (;;) {
        const result = await changes.next();
        if (result.done) return { done: true, value: undefined };
        if (result.value.version > (versions.get(result.value.sourceConnectionId) ?? 0)) return result;
      }
    },
    async return() {
      await changes.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
